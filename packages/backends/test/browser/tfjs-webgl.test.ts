import { tfjsWebglGaps } from '../gaps/tfjs.js';
import { describeInBrowser } from './describe-in-browser.js';

const options = { device: 'webgl' } as const;
describeInBrowser('tfjs webgl', { page: 'kit-tfjs', options }, { gaps: tfjsWebglGaps });
