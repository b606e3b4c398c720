import { type WebgpuOptions, webgpu } from '../../../src/webgpu/browser/index.js';
import { expose } from '../expose.js';
import { kitFunctions } from '../kit-functions.js';

/** The conformance kit on the webgpu backend. */
expose(kitFunctions((options: Omit<WebgpuOptions, 'device'>) => webgpu(options)));
