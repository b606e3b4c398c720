export type {
  Backend,
  BackendCapabilities,
  CompileOptions,
  DeviceBuffer,
  Executable,
} from './backend.js';
export type {
  AnyGenerator,
  Generator,
  GuidanceOptions,
  LossDraws,
  SampleEvent,
  SampleOptions,
} from './generator.js';
export type { ModelDescriptor, SavedConfig } from './model-descriptor.js';
export type { RandomSource } from './random-source.js';
export type {
  AnySampler,
  Denoise,
  DiffusionProcess,
  InterpolantProcess,
  Process,
  ProcessKind,
  ProcessOf,
  Sampler,
  SamplerProgress,
  SamplerState,
  SamplerStep,
  SamplingTask,
  StepScalars,
} from './sampler.js';
export type { Tokenizer } from './tokenizer.js';
