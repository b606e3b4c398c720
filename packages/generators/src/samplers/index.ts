export { type DdimOptions, ddim } from './ddim.js';
export { ddpm } from './ddpm.js';
export type { RespacingOptions } from './diffusion-steps.js';
export { type Dopri5Options, dopri5 } from './dopri5.js';
export { euler, type TimeGridOptions } from './euler.js';
export { eulerMaruyama } from './euler-maruyama.js';
export { heun } from './heun.js';
export type { LastStep, StochasticOptions } from './stochastic.js';
export { stochasticHeun } from './stochastic-heun.js';
