import { elementCount, type Kernels } from './kernel.js';
import { windowTable } from './windows.js';

export const convolution: Kernels<'conv' | 'convTranspose'> = {
  conv: ([x, kernel], { attributes, shape }) => {
    const [outputs, channels, ...window] = kernel!.shape as [number, number, ...number[]];
    const [batch, , ...space] = x!.shape as [number, number, ...number[]];
    const positions = shape.slice(2);
    const table = windowTable(space, window, positions, attributes);
    const taps = elementCount(window);
    const inSpace = elementCount(space);
    const outSpace = elementCount(positions);
    const outputsPerGroup = outputs / attributes.groups;
    const result = new Float64Array(elementCount(shape));
    for (let image = 0; image < batch; image++) {
      for (let output = 0; output < outputs; output++) {
        const group = Math.floor(output / outputsPerGroup);
        for (let channel = 0; channel < channels; channel++) {
          const from = (image * attributes.groups * channels + group * channels + channel) * inSpace;
          const to = (image * outputs + output) * outSpace;
          const weights = (output * channels + channel) * taps;
          for (let position = 0; position < outSpace; position++) {
            let total = 0;
            for (let tap = 0; tap < taps; tap++) {
              const at = table[position * taps + tap]!;
              if (at >= 0) total += x!.data[from + at]! * kernel!.data[weights + tap]!;
            }
            result[to + position]! += total;
          }
        }
      }
    }
    return result;
  },

  // Each input element adds its multiple of the kernel to the window that a convolution would have read it from.
  convTranspose: ([x, kernel], { attributes, shape }) => {
    const [channels, outputsPerGroup, ...window] = kernel!.shape as [number, number, ...number[]];
    const [batch, , ...positions] = x!.shape as [number, number, ...number[]];
    const space = shape.slice(2);
    const table = windowTable(space, window, positions, attributes);
    const taps = elementCount(window);
    const inSpace = elementCount(positions);
    const outSpace = elementCount(space);
    const channelsPerGroup = channels / attributes.groups;
    const result = new Float64Array(elementCount(shape));
    for (let image = 0; image < batch; image++) {
      for (let channel = 0; channel < channels; channel++) {
        const group = Math.floor(channel / channelsPerGroup);
        const from = (image * channels + channel) * inSpace;
        for (let output = 0; output < outputsPerGroup; output++) {
          const to = ((image * attributes.groups + group) * outputsPerGroup + output) * outSpace;
          const weights = (channel * outputsPerGroup + output) * taps;
          for (let position = 0; position < inSpace; position++) {
            const element = x!.data[from + position]!;
            for (let tap = 0; tap < taps; tap++) {
              const at = table[position * taps + tap]!;
              if (at >= 0) result[to + at]! += element * kernel!.data[weights + tap]!;
            }
          }
        }
      }
    }
    return result;
  },
};
