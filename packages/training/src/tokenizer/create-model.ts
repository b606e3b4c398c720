import { readFile } from 'node:fs/promises';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { kaimingNormal } from '@softvq/core/nn';
import {
  AE,
  type AnyTokenizer,
  createTokenizer,
  isBuiltIn,
  KL,
  presets,
  SoftVQ,
  type TransformerTokenizerOptions,
  VQ,
} from '@softvq/tokenizer';
import { fromPretrained } from '@softvq/tokenizer/node';
import type { TokenizerTrainingConfig } from '../config/tokenizer-config.js';

/**
 * The tokenizer that a configuration asks for, before training.
 *
 * @throws ArgumentError for sizes that do not fit together, or a saved tokenizer of another image size or of a
 * plugin.
 */
export async function createModel(config: TokenizerTrainingConfig): Promise<AnyTokenizer> {
  const { from, config: file, kind } = config.model;
  const model =
    from !== undefined
      ? await builtIn(from)
      : file !== undefined
        ? await fromConfigFile(file)
        : ofKind(kind, config);
  if (model.imageSize === config.imageSize) return model;
  throw new ArgumentError(
    `imageSize is ${config.imageSize}, and ${from ?? file} takes images of ${model.imageSize}; set imageSize to that`,
  );
}

/** @throws ArgumentError for the tokenizer of a plugin. */
async function builtIn(from: string): Promise<AnyTokenizer> {
  const tokenizer = await fromPretrained(from);
  if (isBuiltIn(tokenizer)) return tokenizer;
  throw new ArgumentError(
    `model.from: ${from} holds a ${tokenizer.name}, whose losses are not known here; write a TrainingTask for it`,
  );
}

async function fromConfigFile(path: string): Promise<AnyTokenizer> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FileFormatError(path, `cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const { vq_mean: _mean, vq_std: _std, ...fields } = json as Record<string, unknown>;
  return createTokenizer(fields);
}

function ofKind(
  kind: TokenizerTrainingConfig['model']['kind'],
  { imageSize, seed, model }: TokenizerTrainingConfig,
): AnyTokenizer {
  const preset = presets[model.preset];
  const { layerScale, weights, tokenDeviation } = model.initialization;
  const options: TransformerTokenizerOptions = {
    imageSize,
    patchSize: model.patchSize ?? preset.patchSize,
    latentTokens: model.latentTokens ?? preset.latentTokens,
    latentWidth: model.latentWidth ?? preset.latentWidth,
    encoder: { ...preset.encoder, ...given(model.encoder) },
    decoder: { ...preset.decoder, ...given(model.decoder) },
    initialization: {
      layerScale,
      tokenDeviation,
      ...(weights === 'kaiming' && { weights: kaimingNormal({ nonlinearity: 'linear' }) }),
    },
    seed,
  };
  const codebookSize = model.codebookSize ?? preset.codebookSize;
  switch (kind) {
    case 'VQ':
      return new VQ({ ...options, codebookSize });
    case 'KL':
      return new KL(options);
    case 'AE':
      return new AE(options);
    case 'SoftVQ': {
      const { temperature = 0.07 } = preset;
      const codebooks = model.codebooks ?? preset.codebooks;
      return new SoftVQ({
        ...options,
        codebooks,
        codebookSize,
        temperature: model.temperature ?? temperature,
      });
    }
  }
}

/** Without what is undefined. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
}
