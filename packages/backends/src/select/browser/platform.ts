import type { Candidate, Platform } from '../candidate.js';
import { softwareRendering } from './software-rendering.js';

const webgpu: Candidate<'webgpu'> = {
  name: 'webgpu',
  open: async (options) => (await import('../../webgpu/browser/index.js')).webgpu(options),
  objection: ({ device, powerPreference }) =>
    device === undefined ? softwareRendering(powerPreference) : Promise.resolve(undefined),
};

const wasm: Candidate<'wasm'> = {
  name: 'wasm',
  open: async (options) => (await import('../../wasm/browser/index.js')).wasm(options),
};

const tfjs: Candidate<'tfjs'> = {
  name: 'tfjs',
  open: async (options) => (await import('../../tfjs/index.js')).tfjs(options),
};

export const browser: Platform = {
  candidates: [webgpu, wasm, tfjs] as readonly Candidate[],
  elsewhere: 'it runs in Node only',
};
