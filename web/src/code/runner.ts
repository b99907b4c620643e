/** Runs a program of the reader's in a worker, so that it can be stopped whatever it does. */

/** What the worker says: a line of output, an error, or that it is done. */
export type Report =
  { kind: 'log' | 'warn' | 'error'; text: string } | { kind: 'done'; ms: number };

export interface Run {
  stop(): void;
}

export function runProgram(program: string, onreport: (report: Report) => void): Run {
  const worker = new Worker(new URL('./run_worker.ts', import.meta.url), { type: 'module' });
  let over = false;
  const end = () => {
    over = true;
    worker.terminate();
  };
  worker.onmessage = (event: MessageEvent<Report>) => {
    if (over) return;
    if (event.data.kind === 'done') end();
    onreport(event.data);
  };
  worker.onerror = (event) => {
    if (over) return;
    end();
    onreport({ kind: 'error', text: event.message || 'The program could not be started.' });
    onreport({ kind: 'done', ms: 0 });
  };
  worker.postMessage(program);
  return { stop: end };
}
