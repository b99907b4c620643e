// Where threads come from: the package makes the workers (wasm/js/workers.ts), in a form that bundlers know, and
// hears of their errors; Emscripten's own would name its file in another form and throw errors at nobody.
Object.assign(LibraryManager.library.$PThread, {
  allocateUnusedWorker() {
    const worker = Module['newWorker']();
    if (worker) PThread.unusedWorkers.push(worker);
  },
  loadWasmModuleToWorker(worker) {
    if (!worker) return;
    const listen = ({ data }) => {
      if (data.cmd === 'loaded') worker.loaded = true;
      else if (data.cmd === 'checkMailbox') checkMailbox();
    };
    if (ENVIRONMENT_IS_NODE) worker.on('message', (data) => listen({ data }));
    else worker.onmessage = listen;
    worker.postMessage({ cmd: 'load', handlers: [], wasmMemory, wasmModule });
  },
});
