export { behaviour } from './all-behaviour.js';
