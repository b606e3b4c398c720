export { cases } from './all-cases.js';
