// Who wants to know when a Variable has moved.

/** What has a version that counts its updates. */
export interface Versioned {
  readonly version: number;
}

interface Entry {
  seen: number;
  listeners: Set<() => void>;
}

const entries = new Map<Versioned, Entry>();

/** @internal Calls `fn` at each `notify` that finds the variable moved; returns what ends that. */
export function subscribe(variable: Versioned, fn: () => void): () => void {
  let entry = entries.get(variable);
  if (entry === undefined) {
    entry = { seen: variable.version, listeners: new Set() };
    entries.set(variable, entry);
  }
  // A function of its own for each subscription, so that one `fn` may subscribe twice.
  const listener = () => fn();
  entry.listeners.add(listener);
  return () => {
    const { listeners } = entry;
    if (listeners.delete(listener) && listeners.size === 0) entries.delete(variable);
  };
}

/**
 * @internal Tells the subscribers of every Variable that has moved since the last call. Called at
 * the end of each time slice of `fit`, and of everything else that updates Variables.
 */
export function notify(): void {
  for (const [variable, entry] of [...entries]) {
    const { version } = variable;
    if (version === entry.seen) continue;
    entry.seen = version;
    for (const listener of [...entry.listeners]) listener();
  }
}
