import type { Candidate, Platform } from '../candidate.js';
import { softwareRendering } from './software-rendering.js';

const cuda: Candidate<'cuda'> = {
  name: 'cuda',
  open: async (options) => (await import('../../cuda/index.js')).cuda(options),
};

const webgpu: Candidate<'webgpu'> = {
  name: 'webgpu',
  open: async (options) => (await import('../../webgpu/node/index.js')).webgpu(options),
  objection: async () => softwareRendering(),
};

const cpu: Candidate<'cpu'> = {
  name: 'cpu',
  open: async (options) => (await import('../../cpu/index.js')).cpu(options),
};

const wasm: Candidate<'wasm'> = {
  name: 'wasm',
  open: async (options) => (await import('../../wasm/node/index.js')).wasm(options),
};

const tfjs: Candidate<'tfjs'> = {
  name: 'tfjs',
  open: async (options) => (await import('../../tfjs/index.js')).tfjs(options),
};

export const node: Platform = {
  candidates: [cuda, webgpu, cpu, wasm, tfjs] as readonly Candidate[],
  elsewhere: 'it does not run in Node',
};
