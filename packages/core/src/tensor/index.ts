export { type CompiledFunction, type CompileFunctionOptions, compile, type DynamicAxes } from './compile.js';
export {
  arange,
  deferred,
  dimensionValue,
  fromHost,
  fromStored,
  full,
  ones,
  scalar,
  type TensorOptions,
  tensor,
  zeros,
} from './creation.js';
export { defaultBackend, setDefaultBackend } from './default-backend.js';
export {
  type Dimension,
  formatShape,
  type Shape,
  SymbolicDimension,
  sizeOf,
  subtractDimensions,
} from './dimension.js';
export {
  allocate,
  bytesOf,
  bytesPerElement,
  type DType,
  dtypes,
  type HostArray,
  type HostArrays,
  type HostTensor,
  isFloating,
} from './dtype.js';
export { evaluate } from './evaluate.js';
export { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from './half.js';
export { type MemoryUsage, memory } from './memory.js';
export type { NamePattern } from './name-patterns.js';
export { scope } from './scope.js';
export { type NestedArray, Tensor, type TensorLike } from './tensor.js';
export { type FlatTree, flatten, type Leaf, mapTree, tensorsIn } from './tree.js';
export { withCompiled } from './with-compiled.js';
