import { FileFormatError, messageOf, SoftVQError } from '@softvq/core';
import type { PipelineConfig } from './pipeline-config.js';
import { assertJoin, type PipelineParts } from './pipeline-parts.js';

/** The parts that were found, and what their own configs call them. */
export interface FoundParts {
  readonly parts: PipelineParts;
  readonly classNames: Readonly<Record<'tokenizer' | 'generator', string>>;
}

/**
 * @param file the `pipeline.json`, as messages call it.
 * @throws FileFormatError when the parts are not those that the file describes, or do not belong together.
 */
export function assertSavedParts(
  file: string,
  config: PipelineConfig,
  { parts, classNames }: FoundParts,
): void {
  for (const part of ['tokenizer', 'generator'] as const) {
    const { className, folder } = config[part];
    if (className === classNames[part]) continue;
    throw new FileFormatError(
      file,
      `the ${part} should be a ${className}, and the config.json in ${folder} describes a ${classNames[part]}`,
    );
  }
  const { tokenizer } = parts;
  const found = { latentShape: tokenizer.latentShape.join(' × '), imageSize: tokenizer.imageSize };
  const said = { latentShape: config.latentShape.join(' × '), imageSize: config.imageSize };
  for (const field of ['latentShape', 'imageSize'] as const) {
    if (found[field] === said[field]) continue;
    throw new FileFormatError(
      file,
      `${field} is ${said[field]} there, and ${found[field]} in the tokenizer's config`,
    );
  }
  try {
    assertJoin(parts);
  } catch (error) {
    if (!(error instanceof SoftVQError)) throw error;
    throw new FileFormatError(file, messageOf(error), {
      cause: error,
    });
  }
}
