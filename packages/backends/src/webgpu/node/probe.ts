import { BackendError } from '@softvq/core';
import { encodeModel } from '../../onnx/index.js';
import { identityModel, type Runtime, type SessionOptions } from '../../onnx-session/index.js';

/** @throws BackendError when there is no GPU that Dawn can use. */
export async function assertGpu(runtime: Runtime, options: SessionOptions): Promise<void> {
  try {
    const session = await runtime.InferenceSession.create(identityModel('float32', 1), options);
    await session.release();
  } catch (cause) {
    throw new BackendError(
      `the webgpu backend found no GPU: ${(cause as Error).message}. It needs a driver for Vulkan (Linux), Metal (macOS) ` +
        'or Direct3D 12 (Windows); without one, VK_ICD_FILENAMES may name the icd.json of a software renderer',
      { cause },
    );
  }
}

const one = 0x3c00;
const two = 0x4000;

/** Whether the device computes in half precision (shader-f16), which the engine does not tell: it is tried. */
export async function hasHalfPrecision(runtime: Runtime, options: SessionOptions): Promise<boolean> {
  const info = (name: string) => ({ name, dtype: 'float16', shape: [1] }) as const;
  const model = encodeModel({
    opsets: [{ domain: '', version: 20 }],
    nodes: [{ operator: 'Add', domain: '', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
    initializers: [],
    inputs: [info('x')],
    outputs: [info('y')],
  });
  try {
    const session = await runtime.InferenceSession.create(model, options);
    const { y } = await session.run({ x: new runtime.Tensor('float16', Uint16Array.of(one), [1]) });
    await session.release();
    const { buffer } = y!.data as Uint16Array;
    return new Uint16Array(buffer)[0] === two;
  } catch {
    return false;
  }
}
