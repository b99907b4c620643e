// Medians and spread.

/** `{median, low, high, rounds}`: low and high are the quartiles. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q) => {
    const position = q * (sorted.length - 1);
    const low = Math.floor(position);
    const high = Math.ceil(position);
    return sorted[low] + (sorted[high] - sorted[low]) * (position - low);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: values.length };
}

export const median = (values) => summary(values).median;
