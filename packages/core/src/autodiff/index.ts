export { grad, type ValueAndGradient, valueAndGrad, vectorJacobianProduct } from './gradient.js';
