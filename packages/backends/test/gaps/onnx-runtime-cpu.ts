import type { Gap } from '../../src/conformance/index.js';

const noKernel = (operation: string, kernel: string, variant = 'float64'): Gap => ({
  operation: `${operation} (${variant})`,
  reason: `ONNX Runtime 1.30 has no float64 kernel for ${kernel} on the CPU`,
});

/** What the kernels of ONNX Runtime for CPUs cannot, natively and in WebAssembly alike. */
export const onnxRuntimeCpuGaps: readonly Gap[] = [
  noKernel('erf/matrix', 'Erf'),
  noKernel('gelu/matrix', 'Erf'),
  noKernel('gelu/matrix', 'Erf', 'float64 gradient'),
  noKernel('gelu/symbolic axis', 'Erf', 'float64 gradient'),

  noKernel('conv', 'Conv'),
  noKernel('convTranspose', 'ConvTranspose'),
  noKernel('avgPool2d/side by side', 'AveragePool'),
  {
    operation: 'sigmoid/small results',
    reason: 'the vectorised Sigmoid of ONNX Runtime gives 0 below about -18, an absolute error of 2e-9',
  },
  { operation: 'max/NaN wins', reason: 'ReduceMax of ONNX Runtime passes over NaN' },
  { operation: 'min/NaN wins', reason: 'ReduceMin of ONNX Runtime passes over NaN' },
  {
    operation: 'resize/no images',
    reason: 'MatMul of ONNX Runtime does not broadcast a matrix to a batch of none',
  },
];
