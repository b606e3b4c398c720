export { type TfjsDevice, type TfjsOptions, tfjs } from './tfjs.js';
