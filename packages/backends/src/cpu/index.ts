export { type CpuOptions, cpu } from './cpu.js';
