/** Everything that Heddle throws on purpose. After any of these, all that was built before works. */
export class HeddleError extends Error {
  override name = 'HeddleError';
}

/** A wrong argument: the message names the layer or op, what came and what is needed. */
export class ValueError extends HeddleError {
  override name = 'ValueError';
}

/** A right argument that this version cannot serve. */
export class NotImplementedError extends HeddleError {
  override name = 'NotImplementedError';
}

/** @internal Runs `work`; a ValueError of it says where the wrong argument was. */
export function located<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ValueError) || error.message.startsWith(where)) throw error;
    throw new ValueError(`${where}: ${error.message}`);
  }
}

/** The memory that WebAssembly may use (4 GB) does not hold what was asked for. */
export class OutOfMemoryError extends HeddleError {
  override name = 'OutOfMemoryError';
}

// Minifying would take the classes' names.
const classes = { HeddleError, ValueError, NotImplementedError, OutOfMemoryError };
for (const [name, errorClass] of Object.entries(classes)) {
  Object.defineProperty(errorClass, 'name', { value: name });
}

/** What the module offers for exceptions thrown in C++. */
export interface ExceptionHelpers {
  /** [type, text]. */
  getExceptionMessage(exception: unknown): [string, string | undefined];
  decrementExceptionRefcount(exception: unknown): void;
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** TypeScript's DOM types lack WebAssembly.Exception, which every engine with SIMD has. */
const wasm = WebAssembly as unknown as { Exception: new () => object };

/** An exception of C++ as the class that users know; anything else as it is. */
function translate(error: unknown, helpers: ExceptionHelpers): unknown {
  if (!(error instanceof wasm.Exception)) {
    const foreign = error as Error | undefined;
    return foreign?.name === 'BindingError' ? new ValueError(foreign.message) : error;
  }
  const [type, text] = helpers.getExceptionMessage(error);
  helpers.decrementExceptionRefcount(error);
  switch (type) {
    case 'heddle::ValueError':
      return new ValueError(text);
    case 'heddle::NotImplementedError':
      return new NotImplementedError(text);
    case 'heddle::OutOfMemoryError':
      return new OutOfMemoryError(text);
    case 'std::bad_alloc':
      return new OutOfMemoryError(
        'Out of memory: what was asked for does not fit. Dispose of tensors that are no longer ' +
          'needed, or use a smaller batch',
      );
    default:
      return new HeddleError(text ?? type);
  }
}

function guardMembers(object: Record<string, unknown>, helpers: ExceptionHelpers): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (typeof value !== 'function' || name === 'constructor') continue;
    const member = value as AnyFunction & { prototype?: Record<string, unknown> };
    const isClass = member.prototype && 'isAliasOf' in member.prototype;
    if (isClass) {
      guardMembers(member.prototype!, helpers);
    } else {
      object[name] = function (this: unknown, ...args: unknown[]) {
        try {
          return member.apply(this, args);
        } catch (error) {
          throw translate(error, helpers);
        }
      };
    }
  }
}

/**
 * Wraps every function and method that the module exports, so that what C++ throws arrives as a
 * HeddleError. What JavaScript throws inside (in a loss function, say) passes through unchanged.
 */
export function guard(module: object): void {
  const { getExceptionMessage, decrementExceptionRefcount } = module as ExceptionHelpers;
  guardMembers(module as Record<string, unknown>, {
    getExceptionMessage,
    decrementExceptionRefcount,
  });
}
