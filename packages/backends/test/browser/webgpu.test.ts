import { webgpuBrowserGaps, webgpuGaps, webgpuTolerance } from '../gaps/webgpu.js';
import { describeInBrowser } from './describe-in-browser.js';

describeInBrowser(
  'webgpu',
  { page: 'kit-webgpu', options: {} },
  { gaps: [...webgpuGaps, ...webgpuBrowserGaps], tolerance: webgpuTolerance },
);
