import { core } from './engine.js';
import { liveTensors } from './lifetime.js';

/** What the engine holds. */
export interface MemoryInfo {
  /** Tensors that are neither disposed of nor collected as garbage. */
  numTensors: number;
  /** Buffers of tensors, variables and programs. */
  numDataBuffers: number;
  /** Bytes in these buffers. */
  numBytes: number;
  /** Always false: the counts are exact. */
  unreliable: false;
  reasons: string[];
  /** Every allocation by C++ since the engine started. A step of training makes none. */
  allocations: number;
}

/** What the engine holds. Counting allocates nothing. */
export function memory(): MemoryInfo {
  const engine = core();
  return {
    numTensors: liveTensors(),
    numDataBuffers: engine.liveBuffers(),
    numBytes: engine.liveBytes(),
    unreliable: false,
    reasons: [],
    allocations: engine.allocations(),
  };
}
