export { reference } from './reference-backend.js';
