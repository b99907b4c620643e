// Emscripten's JavaScript around a module, fitted for the package.
import { Stop } from './run.mjs';

// [text, what stands in its place]; the minifier drops what nothing leads to any more.
const gone = (text) => [text, ''];
const never = (condition) => [`if(${condition})`, 'if(false)'];
const always = (condition) => [`if(${condition})`, 'if(true)'];
const emptied = (head) => [head, `${head}return;`];

/**
 * What no module of ours has a use for: no class in the bindings has a base, an overload, or a form in
 * JavaScript; all types are known; and what C++ tells embind at the start is the same each time, so that
 * any test would see a fault in it. The messages for wrong calls stay.
 */
const kUnused = [
  // Classes derived from others, in C++ or in JavaScript
  ['getInheritedInstance(this.registeredClass,rawPointer)', 'undefined'],
  [
    'var actualType=this.registeredClass.getActualType(rawPointer);',
    'return makeDefaultHandle.call(this);',
  ],
  gone(
    'registeredPointers[rawType]={pointerType:pointerConverter,constPointerType:constPointerConverter};',
  ),
  never('baseClassRawType'),
  ['baseClassRawType?[baseClassRawType]:[]', '[]'],
  never('registeredClass.baseClass'),
  gone('upcast&&=embind__requireFunction(upcastSignature,upcast);'),
  gone('downcast&&=embind__requireFunction(downcastSignature,downcast);'),
  never('isPureVirtual'),
  never('methodName.startsWith("@@")'),
  ['this.$$.preservePointerOnDelete', 'false'],
  // Handles that are compared, or deleted later
  emptied('isAliasOf(other){'),
  emptied('deleteLater(){'),
  never('this.$$.deleteScheduled&&!false'),
  never('"undefined"===typeof FinalizationRegistry'),
  // Functions until their types are known, and their overloads
  gone(
    'exposePublicSymbol(legalFunctionName,function(){throwUnboundTypeError(`Cannot construct ${name} due to unbound types`,[baseClassRawType])});',
  ),
  gone(
    'exposePublicSymbol(name,function(){throwUnboundTypeError(`Cannot call ${name} due to unbound types`,argTypes)},argCount-1);',
  ),
  never('!Module.hasOwnProperty(name)'),
  never('undefined!==Module[name].overloadTable&&undefined!==numArguments'),
  gone(
    'classType.registeredClass.constructor_body[argCount-1]=()=>{throwUnboundTypeError(`Cannot construct ${classType.name} due to unbound types`,rawArgTypes)};',
  ),
  [
    'if(undefined===method||undefined===method.overloadTable&&method.className!==classType.name&&method.argCount===argCount-2)',
    'if(true);else if(true)',
  ],
  always('undefined===proto[methodName].overloadTable'),
  never('undefined!==classType.registeredClass.constructor_body[argCount-1]'),
  never('Object.getPrototypeOf(this)!==instancePrototype'),
  never('undefined===registeredClass.constructor_body'),
  never('undefined===body'),
  // Types that are not registered, or twice
  emptied('var throwUnboundTypeError=(message,types)=>{'),
  gone('UnboundTypeError=Module["UnboundTypeError"]=extendError(Error,"UnboundTypeError");'),
  gone('myTypes.forEach(type=>typeDependencies[type]=dependentTypes);'),
  gone('delete typeDependencies[rawType];'),
  never('undefined===impl'),
  never('!rawType'),
  never('registeredTypes.hasOwnProperty(rawType)'),
  never('myTypeConverters.length!==myTypes.length'),
  // Pointers and functions that are none
  never('ptr===undefined'),
  never('!record.ptrType||!record.ptr'),
  never('hasSmartPtrType!==hasSmartPtr'),
  never('argCount<2'),
  never('typeof fp!="function"'),
  never('sig.includes("j")'),
  never('signature.includes("j")'),
  ['switch(this.sharingPolicy)', 'switch(2)'], // std::shared_ptr's
  // Texts that are not UTF-8
  ['stdStringIsUTF8=name==="std::string"', 'stdStringIsUTF8=true'],
  never('value instanceof ArrayBuffer'),
  [
    'var valueIsOfTypeString=typeof value=="string";if(!(valueIsOfTypeString||value instanceof Uint8Array||value instanceof Uint8ClampedArray||value instanceof Int8Array))',
    'var valueIsOfTypeString=true;if(typeof value!="string")',
  ],
  // What nobody asks for or reads
  never('!Module["thisProgram"]&&process.argv.length>1'),
  gone('arguments_=process.argv.slice(2);'),
  gone('var moduleOverrides=Object.assign({},Module);'),
  gone('Object.assign(Module,moduleOverrides);moduleOverrides=null;'),
  ['Module["wasmBinary"]', 'undefined'],
  [',()=>getBinarySync(binaryFile))}', ')}'],
  ['!isDataURI(f)', 'true'],
  gone('&&!isDataURI(binaryFile)'),
  never('runDependencyWatcher!==null'),
  ...['HEAP8', 'HEAP16', 'HEAPU8', 'HEAPU16', 'HEAP32', 'HEAPU32', 'HEAPF32', 'HEAPF64'].map(
    (name) => gone(`Module["${name}"]=`),
  ),
  gone('Module["InternalError"]='),
  gone('Module["BindingError"]='),
  gone('Module["incrementExceptionRefcount"]=incrementExceptionRefcount;'),
  gone('Module["count_emval_handles"]=count_emval_handles'),
  always('typeof globalThis=="object"'),
];

/** The same, of the builds for one thread. */
const kUnusedAlone = [
  ['if(_scriptName){scriptDirectory=_scriptName}', 'scriptDirectory=_scriptName;'],
  never('ENVIRONMENT_IS_WORKER'),
  never('typeof document!="undefined"&&document.currentScript'),
  always('ENVIRONMENT_IS_WEB||ENVIRONMENT_IS_WORKER'),
  never('Module["instantiateWasm"]'),
  gone('var out=Module["print"]||console.log.bind(console);'),
  ['var err=Module["printErr"]||console.error.bind(console);', 'var err=()=>{};'],
  never('!calledPrerun'),
  ['readyPromiseResolve(Module);postRun()', 'readyPromiseResolve(Module)'],
];

/** What the platform does by itself: texts to UTF-8 and back. */
const ownText = (bytes) => [
  ['length=lengthBytesUTF8(value)', 'value=(new TextEncoder).encode(value);length=value.length'],
  ['stringToUTF8(value,ptr,length+1)', `${bytes}.set(value,ptr)`],
  [
    'var decodeStartPtr=payload;for(var i=0;i<=length;++i)',
    `payload>>>=0;str=UTF8Decoder.decode(${bytes}.slice(payload,payload+length));while(false)`,
  ],
];

const builtin = (module) => [
  new RegExp(`await import\\((['"])${module}\\1\\)`, 'g'),
  `process.getBuiltinModule("${module}")`,
];

/** Where the glue of a module has to be another, and how. */
const needed = (name, threads) => [
  builtin('module'),
  [new RegExp(`new URL\\((['"])${name}\\.wasm\\1`, 'g'), `new URL("./${name}.wasm"`],
  ...(threads
    ? [
        builtin('worker_threads'),
        gone('global.Worker=worker_threads.Worker;'),
        gone('__embind_initialize_bindings();'),
      ]
    : []),
];

/** Where it may be shorter. */
const shorter = (threads) => [
  ...kUnused,
  ...(threads ? ownText('GROWABLE_HEAP_U8()') : [...kUnusedAlone, ...ownText('HEAPU8')]),
];

/**
 * Emscripten's glue, fitted for every bundler and without what is never used: `import('module')` is Node's
 * alone and makes bundlers for the web fail, while Node ≥ 20.16 hands out the same module without an import;
 * and the .wasm is named by a relative address, as bundlers want it. That of the threaded builds leaves
 * Node's globals alone, and its threads do without the JavaScript side of embind: they only compute.
 */
export function fitGlue(text, name, threads) {
  const apply = (changes, start) =>
    changes.reduce((result, [from, to]) => {
      const changed = result.replaceAll(from, to);
      if (changed === result) throw new Stop(`The glue of ${name} has no ${from}`);
      return changed;
    }, start);
  const fitted = apply(needed(name, threads), text);
  try {
    return apply(shorter(threads), fitted);
  } catch (error) {
    // The texts are those of Emscripten 3.1.69; with another one all of it stays.
    console.log(`  ${error.message}: it keeps what is never used, some 3 KB.`);
    return fitted;
  }
}
