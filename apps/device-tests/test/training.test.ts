import { ImagePipeline } from 'softvq/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { emojiModels } from '../proofs/shipped-pipeline.js';
import { smallModels } from '../proofs/small-pipeline.js';
import { type TrainedModels, weightsOf } from '../proofs/training-step.js';
import { inNode } from './in-node.js';
import { openDevices } from './open-devices.js';

type Outcome = Awaited<ReturnType<typeof inNode.train>>;

const models = ['tokenizer', 'generator'] as const;

/** ‖a - b‖ / ‖b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  const difference = a.reduce((sum, each, i) => sum + (each - b[i]!) ** 2, 0);
  return Math.sqrt(difference / b.reduce((sum, each) => sum + each ** 2, 0));
}

async function untrainedEmojiModels(): Promise<TrainedModels> {
  return emojiModels(await ImagePipeline.fromPretrained('emoji-sit'));
}

const page = openDevices();

describe.each([
  { what: 'the small pipeline', train: 'train', untrained: async () => smallModels() },
  { what: 'the emoji pipeline', train: 'trainEmoji', untrained: untrainedEmojiModels },
] as const)('a training step of $what in Chromium is that of the CPU', ({ train, untrained }) => {
  let expected: Outcome;
  beforeAll(async () => {
    expected = await inNode[train]('cpu');
  });

  it.each(models)('which moves the weights of the %s', async (model) => {
    const before = (await weightsOf(await untrained()))[model];
    const after = expected[model].weights;
    expect(Object.keys(after)).toEqual(Object.keys(before));
    const moved = Object.keys(after).map((name) => distance(after[name]!, before[name]!));
    // By many times as much as devices may differ.
    expect(moved.filter((each) => each > 1e-2).length).toBeGreaterThan(0.7 * moved.length);
  });

  it.each(['wasm', 'webgpu'] as const)('on %s', async (name) => {
    const outcome = await page().call(train, name);
    for (const model of models) {
      const { loss, weights } = outcome[model];
      expect(Math.abs(loss / expected[model].loss - 1)).toBeLessThan(1e-3);
      expect(Object.keys(weights)).toEqual(Object.keys(expected[model].weights));
      const off = Object.entries(weights).filter(
        ([weight, elements]) => !(distance(elements, expected[model].weights[weight]!) < 1e-3),
      );
      expect(off.map(([weight]) => weight)).toEqual([]);
    }
  });
});
