import { type Backend, compile, type Tensor, tensor } from '@softvq/core';
import type { MathBackendWebGL } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { tfjs } from '../../../src/tfjs/index.js';
import { expose } from '../expose.js';

let backend: Backend | undefined;
let twice: ((input: { x: Tensor }) => Promise<Tensor>) | undefined;
let kept: Tensor | undefined;

const functions = {
  /** Makes a backend, and on it what the other functions use. */
  open: async (): Promise<string> => {
    await backend?.dispose();
    backend = await tfjs({ tf, device: 'webgl' });
    twice = compile(({ x }: { x: Tensor }) => x.mul(2), { backend });
    return tf.getBackend();
  },
  double: async (numbers: number[]): Promise<number[]> => {
    kept = await twice!({ x: tensor(numbers) });
    return Array.from((await kept.host()).data, Number);
  },
  /** Computes on the device and leaves the result there. */
  doubleThere: async (numbers: number[]): Promise<void> => {
    kept = await twice!({ x: tensor(numbers) });
  },
  readKept: async (): Promise<number[]> => Array.from((await kept!.host()).data, Number),
  /** As the browser does when it runs out of graphics memory or its driver is restarted. */
  loseContext: (): void => {
    const { gl } = (tf.findBackend('webgl') as MathBackendWebGL).gpgpu;
    gl.getExtension('WEBGL_lose_context')!.loseContext();
  },
};

export type TfjsContext = typeof functions;

tf.env().set('WEBGL_CPU_FORWARD', false);
expose(functions);
