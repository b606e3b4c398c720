import type { GPGPUProgram, MathBackendWebGL, TensorInfo } from '@tensorflow/tfjs';
import type { Tf } from './engine.js';

/** The flag of tfjs for WebGL programs that are given shapes when they run, and are not compiled anew for each. */
const flag = 'WEBGL_USE_SHAPES_UNIFORMS';

const prepared = new WeakSet<MathBackendWebGL>();

/** Runs something with WebGL programs that serve many shapes: to compile them is most of the time of a first run. */
export function withSharedPrograms<Result>(tf: Tf, device: MathBackendWebGL, compute: () => Result): Result {
  if (!prepared.has(device)) completeKeys(tf, device);
  prepared.add(device);
  const flags = tf.env();
  const before = flags.getBool(flag);
  flags.set(flag, true);
  try {
    return compute();
  } finally {
    flags.set(flag, before);
  }
}

/**
 * Makes a device tell those programs apart that read an input in different ways. tfjs reads [1, m, n] as [m, n], and in
 * a shorter way where its texture has just this shape, but does not say so in the key under which it keeps a compiled
 * program (https://github.com/tensorflow/tfjs/issues/6478). A key contains the source: here it comes to say it.
 */
function completeKeys({ util, webgl_util }: Tf, device: MathBackendWebGL): void {
  const run = device.runWebGLProgram;

  const isReadInShort = (input: TensorInfo, isPacked: boolean) => {
    const matrix = matrixOf(input.shape, isPacked);
    return matrix !== undefined && util.arraysEqual(matrix, textureShapeOf(input, isPacked));
  };

  /** The shape of the texture that an input is going to be in. */
  const textureShapeOf = ({ dataId, shape }: TensorInfo, isPacked: boolean) => {
    const { texture, texShape, isPacked: wasPacked = false, shape: kept } = device.texData.get(dataId);
    const hasTexture = texture !== undefined && texture !== null;
    const isConverted = hasTexture
      ? wasPacked !== isPacked || (isPacked && !webgl_util.isReshapeFree(kept, shape))
      : wasPacked || isPacked;
    if (isConverted) return webgl_util.getTextureShapeFromLogicalShape(shape, isPacked);
    return texShape ?? webgl_util.getTextureShapeFromLogicalShape(kept, isPacked);
  };

  device.runWebGLProgram = (program, inputs, ...others) => {
    const { packedInputs = false, userCode } = program;
    const readings = inputs.map((input) => isReadInShort(input, packedInputs));
    const complete: GPGPUProgram = Object.create(program, {
      userCode: { value: `${userCode}\n// ${readings}` },
    });
    return run.call(device, complete, inputs, ...others);
  };
}

/** What tfjs reads an input as where it leaves out dimensions of size 1 and two remain. */
function matrixOf(shape: number[], isPacked: boolean): number[] | undefined {
  if (isPacked) return shape.length === 3 && shape[0] === 1 ? shape.slice(1) : undefined;
  const sizes = shape.filter((size) => size !== 1);
  return shape.length > 2 && sizes.length === 2 ? sizes : undefined;
}
