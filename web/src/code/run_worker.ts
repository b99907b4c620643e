/// <reference lib="webworker" />
/** The worker's side: `heddle` in scope, console output sent to the page. */
import * as hd from 'heddle';
import type { Report } from './runner.js';
import { asText } from './values.js';

const send = (report: Report) => self.postMessage(report);

for (const kind of ['log', 'info', 'warn', 'error'] as const) {
  console[kind] = (...values: unknown[]) => {
    send({ kind: kind === 'info' ? 'log' : kind, text: values.map(asText).join(' ') });
  };
}

/** `import … from 'heddle'` becomes a reading of what is here already. */
function withoutImports(program: string): string {
  return program
    .replace(/^[ \t]*import\s+\*\s+as\s+([\w$]+)\s+from\s+(['"])heddle\2;?/gm, 'const $1 = heddle;')
    .replace(
      /^[ \t]*import\s+\{([^}]*)\}\s+from\s+(['"])heddle\2;?/gm,
      (_, names: string) => `const {${names.replace(/\bas\b/g, ':')}} = heddle;`,
    );
}

type AsyncFunction = (heddle: typeof hd) => Promise<unknown>;
const AsyncFunctionOf = (async () => {}).constructor as new (
  name: string,
  body: string,
) => AsyncFunction;

self.onmessage = async (event: MessageEvent<string>) => {
  const start = performance.now();
  try {
    await new AsyncFunctionOf('heddle', `'use strict';\n${withoutImports(event.data)}`)(hd);
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : asText(error);
    send({ kind: 'error', text });
  }
  send({ kind: 'done', ms: performance.now() - start });
};
