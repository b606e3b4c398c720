import type * as OnnxRuntime from 'onnxruntime-node';

/** What the packages of ONNX Runtime have in common. */
export type Runtime = Pick<typeof OnnxRuntime, 'InferenceSession' | 'Tensor' | 'env'>;
export type Session = OnnxRuntime.InferenceSession;
export type EngineTensor = OnnxRuntime.Tensor;
export type SessionOptions = OnnxRuntime.InferenceSession.SessionOptions;
