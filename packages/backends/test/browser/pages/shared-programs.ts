import { compile, fromHost, matmul, type Tensor } from '@softvq/core';
import type { MathBackendWebGL } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { tfjs } from '../../../src/tfjs/index.js';
import { expose } from '../expose.js';

tf.env().set('WEBGL_CPU_FORWARD', false);
const backend = await tfjs({ tf, device: 'webgl' });
const product = compile(({ a, b }: { a: Tensor; b: Tensor }) => matmul(a, b), { backend });

const { gl } = (tf.findBackend('webgl') as MathBackendWebGL).gpgpu;
const link = gl.createProgram.bind(gl);
let programs = 0;
gl.createProgram = () => {
  programs++;
  return link();
};

const functions = {
  /** The product of two matrices, and how many programs were made for it. */
  multiply: async (rows: number, inner: number, columns: number, a: number[], b: number[]) => {
    const before = programs;
    const of = (shape: number[], data: number[]) =>
      fromHost({ dtype: 'float32', shape, data: Float32Array.from(data) });
    const result = await product({ a: of([rows, inner], a), b: of([inner, columns], b) });
    return { product: Array.from((await result.host()).data, Number), programs: programs - before };
  },
  /** Whether tfjs shares programs when the application itself computes. */
  isShared: (): boolean => tf.env().getBool('WEBGL_USE_SHAPES_UNIFORMS'),
};

export type SharedPrograms = typeof functions;

expose(functions);
