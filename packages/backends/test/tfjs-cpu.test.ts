import { describeBackend } from '../src/conformance/index.js';
import { tfjs } from '../src/tfjs/index.js';

describeBackend('tfjs cpu', () => tfjs({ device: 'cpu' }));
