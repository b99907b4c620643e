// The glue that Emscripten makes beside dist/index.js.
import type { ModuleFactory } from './engine.js';

declare const createHeddle: ModuleFactory;
export default createHeddle;
