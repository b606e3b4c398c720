import type { Kernels } from './kernel.js';

/** Composites that tfjs has operations for, besides `linear`. */
export const composites: Kernels<'softmax' | 'relu' | 'leakyRelu'> = {
  softmax: ({ tf }, [x], { attributes: { axis } }) => {
    if (axis === x!.shape.length - 1) return tf.softmax(x!);
    const exponents = tf.exp(tf.sub(x!, tf.max(x!, axis, true)));
    return tf.div(exponents, tf.sum(exponents, axis, true));
  },
  relu: ({ tf }, [x]) => tf.relu(x!),
  leakyRelu: ({ tf }, [x], { attributes: { slope } }) => tf.leakyRelu(x!, slope),
};
