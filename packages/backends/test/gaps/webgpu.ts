import type { Gap } from '../../src/conformance/index.js';

const emptyTensors =
  'ONNX Runtime 1.30 dispatches no work for tensors without elements and reports "Invalid dispatch group size"';
const fastMath =
  'WGSL lets shaders assume that no number is infinite or NaN (https://www.w3.org/TR/WGSL/#floating-point-evaluation)';

/** What the WebGPU kernels of ONNX Runtime cannot, in browsers and in Node alike. */
export const webgpuGaps: readonly Gap[] = [
  { operation: 'conv/no images', reason: emptyTensors },
  { operation: 'convTranspose/no images', reason: emptyTensors },
  { operation: 'maxPool2d/no images', reason: emptyTensors },
  { operation: 'avgPool2d/no images', reason: emptyTensors },
  { operation: 'avgPool2d/no images, padding not counted', reason: emptyTensors },
  { operation: 'softmax/beside an empty axis', reason: emptyTensors },
  { operation: 'scaledDotProductAttention/no queries', reason: emptyTensors },
  { operation: 'compile/symbolic sizes: batch and tokens joined', reason: emptyTensors },
  {
    operation: 'resize/no images',
    reason: 'MatMul of ONNX Runtime does not broadcast a matrix to a batch of none',
  },
  {
    operation: 'max/beside an empty axis',
    reason: 'reductions of ONNX Runtime on WebGPU refuse tensors without elements',
  },
  {
    operation: 'min/beside an empty axis',
    reason: 'reductions of ONNX Runtime on WebGPU refuse tensors without elements',
  },
  {
    operation: 'logSumExp/beside an empty axis',
    reason: 'reductions of ONNX Runtime on WebGPU refuse tensors without elements',
  },
  {
    operation: 'logSoftmax/beside an empty axis',
    reason: 'reductions of ONNX Runtime on WebGPU refuse tensors without elements',
  },
  { operation: 'exp/infinities and NaN (float32)', reason: fastMath },
  { operation: 'log/0, negative, infinite and NaN (float32)', reason: fastMath },
  { operation: 'logSumExp/of -Infinity', reason: fastMath },
  { operation: 'max/NaN wins', reason: 'ReduceMax of ONNX Runtime passes over NaN' },
  { operation: 'min/NaN wins', reason: 'ReduceMin of ONNX Runtime passes over NaN' },
];

const noInt64 =
  'ArgMax and ArgMin of int64 run in float64 on the CPU, which onnxruntime-web 1.30 cannot place beside WebGPU kernels';

/** Further gaps of the build for browsers. */
export const webgpuBrowserGaps: readonly Gap[] = [
  { operation: 'argmax/the last axis (int64)', reason: noInt64 },
  { operation: 'argmax/ties (int64)', reason: noInt64 },
  { operation: 'argmin/the last axis (int64)', reason: noInt64 },
  { operation: 'argmin/ties (int64)', reason: noInt64 },
];

/** Ten times what is asked of backends on the CPU. */
export const webgpuTolerance = { forward: 1e-4, gradient: 1e-3 } as const;
