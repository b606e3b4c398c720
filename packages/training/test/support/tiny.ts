import type { GeneratorTrainingInput, TokenizerTrainingInput } from '../../src/index.js';

/** A tokenizer of a few thousand parameters that learns something in a few steps. */
export function tinyTokenizerTraining(
  dataset: string,
  output: string,
  more: Partial<TokenizerTrainingInput> = {},
): TokenizerTrainingInput {
  const trunk = { width: 16, depth: 1, heads: 2 };
  return {
    dataset,
    output,
    imageSize: 16,
    steps: 40,
    batchSize: 4,
    logEvery: 8,
    evaluateEvery: 16,
    checkpointEvery: 20,
    workers: 0,
    model: {
      patchSize: 4,
      latentTokens: 4,
      latentWidth: 8,
      codebooks: 2,
      codebookSize: 16,
      encoder: trunk,
      decoder: trunk,
      initialization: { layerScale: 1, weights: 'kaiming', tokenDeviation: 1 },
    },
    optimizer: { learningRate: 3e-3, averageDecay: 0.9 },
    evaluation: { shown: 4 },
    ...more,
  };
}

/** A generator of a few thousand parameters. */
export function tinyGeneratorTraining(
  paths: { readonly tokenizer: string; readonly dataset: string; readonly output: string },
  more: Partial<GeneratorTrainingInput> = {},
): GeneratorTrainingInput {
  return {
    ...paths,
    steps: 40,
    batchSize: 4,
    logEvery: 8,
    evaluateEvery: 16,
    checkpointEvery: 20,
    workers: 0,
    model: { width: 16, depth: 1, heads: 2 },
    optimizer: { learningRate: 3e-3, averageDecay: 0.9 },
    evaluation: { samples: 4, steps: 3 },
    ...more,
  };
}
