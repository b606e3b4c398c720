export { microsoft, type OnnxDialect } from './builder.js';
export { type ExportOptions, exportOnnx } from './export.js';
export { type ExternalConstant, type LoweredGraph, type LoweringOptions, lowerGraph } from './lower.js';
export { nativeComposites } from './lowering/index.js';
export {
  encodeModel,
  type OnnxAttributes,
  type OnnxElementType,
  type OnnxExternalData,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from './protobuf.js';
export type { LargestInt8 } from './quantize-weight.js';
