/** The flag with which this Node runs relaxed SIMD; from 22 on it needs none. */
export function relaxedFlags() {
  const major = Number(process.versions.node.split('.')[0]);
  return major < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
}
