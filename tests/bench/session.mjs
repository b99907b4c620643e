// A measuring run: starts contenders, measures cases, says how far it is. Runs in Node and in a
// page.
import { chosenCases, scalingChosen } from './choice.mjs';
import { CannotDo } from './contender.mjs';
import { kFull, kQuick, measureCase } from './harness.mjs';
import { measureScaling } from './scaling.mjs';

/**
 * MobileNetV2's configuration as Heddle writes it, for those who cannot make the network but read
 * it.
 */
export function configFrom({ hd }) {
  return (spec) => {
    if (spec.kind !== 'prediction' && spec.kind !== 'tuning') return undefined;
    const inputShape = [spec.side, spec.side, 3];
    const options = spec.kind === 'tuning' ? { includeTop: false, pooling: 'avg' } : {};
    return hd.applications.mobileNetV2({ inputShape, weights: null, ...options }).getConfig();
  };
}

/**
 * `starts[name](contenders so far)` resolves to a contender or throws CannotDo: then it is left
 * out.
 */
async function startAll(names, starts, say) {
  const contenders = {};
  for (const name of names) {
    try {
      if (!starts[name]) throw new CannotDo('does not run in a page');
      contenders[name] = await starts[name](contenders);
    } catch (error) {
      if (!(error instanceof CannotDo)) throw error;
      contenders[name] = { label: name, reason: error.message };
      say(`${name} is left out: ${error.message}`);
    }
  }
  return contenders;
}

/** Everything measured: `{contenders, cases, scaling}`, as docs/bench.md describes. */
export async function runSession(settings, starts, say, clock) {
  const effort = { ...(settings.quick ? kQuick : kFull), clock };
  const chosen = chosenCases(settings);
  const names = new Set(['heddle', ...chosen.flatMap((each) => each.contenders)]);
  const contenders = await startAll(names, starts, say);
  const cases = [];
  for (const [i, entry] of chosen.entries()) {
    say(`${i + 1}/${chosen.length} ${entry.name}`);
    // Threads share their work: what they save shows on the wall only.
    const how = entry.group === 'threads' ? { ...effort, clock: undefined } : effort;
    cases.push(await measureCase(entry, contenders, how));
  }
  const scaling = scalingChosen(settings)
    ? await measureScaling(contenders.heddle, effort, (name) => say(`scaling: ${name}`))
    : [];
  const described = Object.entries(contenders).map(([name, { label, version, reason }]) => [
    name,
    { label, version, reason },
  ]);
  for (const { close } of Object.values(contenders)) close?.();
  return { contenders: Object.fromEntries(described), cases, scaling };
}
