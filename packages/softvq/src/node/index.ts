export { bundledNames } from './bundled-models.js';
export {
  type DeviceName,
  type DeviceOptions,
  type DeviceStatus,
  describeDevices,
  deviceNames,
  openDevice,
} from './devices.js';
export { type FromPretrainedOptions, ImagePipeline, type SavablePipelineParts } from './image-pipeline.js';
export { type JoinOptions, joinModels } from './join-models.js';
export { loadPlugin, type Plugin } from './plugins.js';
export type { SavePipelineOptions } from './save-pipeline.js';
export { TokenizerPipeline } from './tokenizer-pipeline.js';
