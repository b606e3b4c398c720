import { elementCount, type Kernels } from './kernel.js';
import { addWeightedRows } from './weighted-rows.js';
import { windowTable } from './windows.js';

export const convolution: Kernels<'conv' | 'convTranspose'> = {
  // What each tap sees of each channel is a row with an element for every position; an output is their weighted sum.
  conv: ([x, kernel], { attributes, shape }) => {
    const [outputs, channels, ...window] = kernel!.shape as [number, number, ...number[]];
    const [batch, , ...space] = x!.shape as [number, number, ...number[]];
    const positions = shape.slice(2);
    const table = windowTable(space, window, positions, attributes);
    const taps = elementCount(window);
    const inSpace = elementCount(space);
    const width = elementCount(positions);
    const outputsPerGroup = outputs / attributes.groups;
    const count = channels * taps;
    const seen = new Float64Array(count * width);
    const result = new Float64Array(elementCount(shape));
    for (let image = 0; image < batch; image++) {
      for (let group = 0; group < attributes.groups; group++) {
        for (let channel = 0; channel < channels; channel++) {
          const from = ((image * attributes.groups + group) * channels + channel) * inSpace;
          for (let tap = 0; tap < taps; tap++) {
            const row = (channel * taps + tap) * width;
            for (let position = 0; position < width; position++) {
              const at = table[position * taps + tap]!;
              seen[row + position] = at < 0 ? 0 : x!.data[from + at]!;
            }
          }
        }
        for (let i = 0; i < outputsPerGroup; i++) {
          const output = group * outputsPerGroup + i;
          const factors = { data: kernel!.data, from: output * count, step: 1 };
          const to = (image * outputs + output) * width;
          addWeightedRows(result, to, factors, { data: seen, from: 0, count, width });
        }
      }
    }
    return result;
  },

  // Each tap gives a weighted sum of the channels, which it adds to the elements a convolution would have read it from.
  convTranspose: ([x, kernel], { attributes, shape }) => {
    const [channels, outputsPerGroup, ...window] = kernel!.shape as [number, number, ...number[]];
    const [batch, , ...positions] = x!.shape as [number, number, ...number[]];
    const space = shape.slice(2);
    const table = windowTable(space, window, positions, attributes);
    const taps = elementCount(window);
    const width = elementCount(positions);
    const outSpace = elementCount(space);
    const count = channels / attributes.groups;
    const given = new Float64Array(width);
    const result = new Float64Array(elementCount(shape));
    for (let image = 0; image < batch; image++) {
      for (let group = 0; group < attributes.groups; group++) {
        const rows = { data: x!.data, from: (image * channels + group * count) * width, count, width };
        for (let output = 0; output < outputsPerGroup; output++) {
          const to = ((image * attributes.groups + group) * outputsPerGroup + output) * outSpace;
          for (let tap = 0; tap < taps; tap++) {
            const from = (group * count * outputsPerGroup + output) * taps + tap;
            given.fill(0);
            addWeightedRows(given, 0, { data: kernel!.data, from, step: outputsPerGroup * taps }, rows);
            for (let position = 0; position < width; position++) {
              const at = table[position * taps + tap]!;
              if (at >= 0) result[to + at]! += given[position]!;
            }
          }
        }
      }
    }
    return result;
  },
};
