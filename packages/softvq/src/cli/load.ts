import type { DownloadProgress } from '@softvq/hub';
import { ImagePipeline } from '../node/image-pipeline.js';
import { TokenizerPipeline } from '../node/tokenizer-pipeline.js';
import type { Context } from './context.js';
import {
  type DeviceArguments,
  deviceOptions,
  type PrecisionArguments,
  precisionOf,
} from './shared-options.js';

/** Opens a pipeline for as long as `use` runs, telling what is downloaded. */
export async function withPipeline<Result>(
  source: string,
  args: DeviceArguments & Partial<PrecisionArguments>,
  context: Context,
  use: (pipeline: ImagePipeline) => Promise<Result>,
): Promise<Result> {
  const generator = precisionOf(args);
  const precision = generator && { precision: { generator } };
  const pipeline = await downloading(context, (hub) =>
    ImagePipeline.fromPretrained(source, { ...deviceOptions(args), ...precision, ...hub }),
  );
  return useAndDispose(pipeline, use);
}

/** Opens a tokenizer for as long as `use` runs, telling what is downloaded. */
export async function withTokenizer<Result>(
  source: string,
  args: DeviceArguments,
  context: Context,
  use: (pipeline: TokenizerPipeline) => Promise<Result>,
): Promise<Result> {
  const pipeline = await downloading(context, (hub) =>
    TokenizerPipeline.fromPretrained(source, { ...deviceOptions(args), ...hub }),
  );
  return useAndDispose(pipeline, use);
}

/** What every download of a command is told. */
export interface Downloads {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Shows a bar while something is downloaded. */
export async function downloading<Result>(
  context: Context,
  load: (hub: Downloads) => Promise<Result>,
): Promise<Result> {
  const bar = context.progress('downloading');
  try {
    return await load({
      signal: context.signal,
      onProgress: ({ file, loaded, total }) =>
        bar.update(total === 0 ? undefined : loaded / total, `${file}, ${(total / 1e6).toFixed(0)} MB`),
    });
  } finally {
    bar.clear();
  }
}

async function useAndDispose<Pipeline extends { dispose(): Promise<void> }, Result>(
  pipeline: Pipeline,
  use: (pipeline: Pipeline) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(pipeline);
  } finally {
    await pipeline.dispose();
  }
}
