import { ArgumentError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { parseTokenizerTraining, tokenizerTrainingFields } from '../src/index.js';

const least = { dataset: 'pictures', output: 'run' };

describe('the configuration of a training', () => {
  it('needs a data set and an output folder, and has defaults for the rest', () => {
    const config = parseTokenizerTraining({ ...least, optimizer: { learningRate: 1e-3 } });
    expect(config).toMatchObject({
      dataset: 'pictures',
      imageSize: 256,
      batchSize: 32,
      model: { kind: 'SoftVQ', preset: 'softvq-s-64', encoder: {} },
      losses: { mse: 1, entropy: 0.01, adversarial: { weight: 0, start: 20_000 } },
      optimizer: { learningRate: 1e-3, schedule: 'cosine', betas: [0.9, 0.95] },
      augmentation: { flip: true, permuteChannels: false },
    });
  });

  it.each([
    [{ batchSize: 0 }, 'batchSize is 0; batchSize must be a whole number from 1 (Pictures in an update)'],
    [{ steps: 1.5 }, 'steps is 1.5; steps must be a whole number from 1'],
    [
      { optimizer: { learningRate: -1 } },
      'optimizer.learningRate is -1; optimizer.learningRate must be a number above 0',
    ],
    [
      { optimizer: { betas: [0.9, 1] } },
      'optimizer.betas.1 is 1; optimizer.betas must be a list of 2 numbers, each a number from 0 to below 1',
    ],
    [
      { optimizer: { schedule: 'linear' } },
      'optimizer.schedule is "linear"; optimizer.schedule must be one of constant, cosine',
    ],
    [
      { augmentation: { flip: 'yes' } },
      'augmentation.flip is "yes"; augmentation.flip must be true or false',
    ],
    [{ model: 7 }, 'model is 7; it must be a group of fields'],
    [{ output: undefined }, 'output is missing; it must be a text that is not empty'],
    [{ heldOut: 1 }, 'heldOut is 1; heldOut must be a number from 0 to below 1'],
    [{ accumulation: 5 }, 'accumulation: 5 parts do not divide a batch of 32'],
    [
      { steps: 10, optimizer: { warmupSteps: 10 } },
      'optimizer.warmupSteps: a warm-up of 10 must be shorter than the 10 steps',
    ],
    [{ losses: { perceptual: { weight: 1 } } }, 'losses.perceptual.vgg: it must name a file'],
    [{ learningRate: 1 }, 'learningRate is no field; did you mean optimizer.learningRate?'],
    [{ batchsize: 4 }, 'batchsize is no field; did you mean batchSize?'],
    [
      { losses: { perceptual: { wieght: 1 } } },
      'losses.perceptual.wieght is no field; did you mean losses.perceptual.weight?',
    ],
    [{ colour: 'red' }, 'colour is no field; remove it'],
  ])('refuses %j', (change, message) => {
    const parse = () => parseTokenizerTraining({ ...least, ...change });
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(message);
  });

  it('names everything that is wrong at once', () => {
    expect(() => parseTokenizerTraining({ output: 'run', keep: 0, sedd: 1 })).toThrow(
      /dataset is missing[\s\S]*keep is 0[\s\S]*sedd is no field; did you mean seed\?/,
    );
  });

  it('is described field by field', () => {
    const fields = new Map(tokenizerTrainingFields().map((field) => [field.path, field]));
    expect(fields.get('dataset')).toMatchObject({ type: 'string', required: true });
    expect(fields.get('dataset')).not.toHaveProperty('default');
    expect(fields.get('optimizer.learningRate')).toMatchObject({
      type: 'number',
      default: 1e-4,
      required: false,
    });
    expect(fields.get('optimizer.betas')).toMatchObject({ type: 'numbers', default: [0.9, 0.95] });
    expect(fields.get('model.kind')).toMatchObject({ type: 'choice', choices: ['SoftVQ', 'VQ', 'KL', 'AE'] });
    expect(fields.get('model.encoder.width')).toMatchObject({ type: 'integer', required: false });
    expect(fields.get('resume')).toMatchObject({ type: 'boolean', default: true });
    expect([...fields.values()].filter(({ description }) => description === '')).toEqual([]);
    // The defaults of the description are those that parsing gives.
    const parsed: unknown = parseTokenizerTraining(least);
    for (const { path, default: value } of fields.values()) {
      const found = path
        .split('.')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], parsed);
      if (path in least) continue;
      expect([path, found]).toEqual([path, value]);
    }
  });
});
