import { tfjsWasmGaps } from '../gaps/tfjs.js';
import { describeInBrowser } from './describe-in-browser.js';

const options = { device: 'wasm' } as const;
describeInBrowser('tfjs wasm', { page: 'kit-tfjs', options }, { gaps: tfjsWasmGaps });
