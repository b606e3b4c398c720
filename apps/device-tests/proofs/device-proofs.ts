import type { WebgpuBackend } from '@softvq/backends/webgpu';
import { type Backend, setDefaultBackend } from '@softvq/core';
import type { ByteSource } from '@softvq/core/io';
import type { ImagePipeline } from 'softvq';
import { type GoldenProof, runGolden } from './golden.js';
import { stepByStep } from './sampling-traffic.js';
import { drawEmoji, emojiModels } from './shipped-pipeline.js';
import { drawPictures, smallModels } from './small-pipeline.js';
import { trainOnce, trainUnread } from './training-step.js';

/** What a page or a process has. */
export interface Surroundings<Name extends string, Counts> {
  /** How its backends are made. */
  readonly backends: Readonly<Record<Name, () => Promise<Backend>>>;
  readonly webgpu: () => Promise<WebgpuBackend>;
  /** The same on a device that outlives it, so that what the backend leaves behind is seen. */
  readonly webgpuAgain: () => Promise<WebgpuBackend>;
  /** Opens a file of the repository's fixtures. */
  readonly fixture: (path: string) => Promise<ByteSource>;
  /** Opens the emoji pipeline with a SiT, as a user does there. */
  readonly emoji: (backend: Backend) => Promise<ImagePipeline>;
  /** What else can be counted while a sampler runs. */
  readonly observe: () => Counts;
}

/** Everything that is proved on each backend, as functions that give plain data: they run in pages, too. */
export function deviceProofs<Name extends string, Counts>({
  backends,
  webgpu,
  webgpuAgain,
  fixture,
  emoji,
  observe,
}: Surroundings<Name, Counts>) {
  return {
    golden: (name: Name, proof: GoldenProof, slack: number) =>
      withBackend(backends[name], (backend) => runGolden(proof, backend, fixture, slack)),
    draw: (name: Name) => withBackend(backends[name], drawPictures),
    drawEmoji: (name: Name) =>
      withBackend(backends[name], (backend) => withPipeline(emoji(backend), drawEmoji)),
    /** Counts before and after a step of training of which no result is read. */
    trainUnread: () =>
      withBackend(webgpu, async (backend) => {
        const before = observe();
        await trainUnread(backend);
        return { before, after: observe() };
      }),
    train: (name: Name) => withBackend(backends[name], (backend) => trainOnce(backend, smallModels())),
    /** Of the emoji pipeline. */
    trainEmoji: (name: Name) =>
      withBackend(backends[name], (backend) =>
        withPipeline(emoji(backend), (pipeline) => trainOnce(backend, emojiModels(pipeline))),
      ),
    /** Counts after each of so many steps of a sampler. */
    sample: (steps: number) => withBackend(webgpu, (backend) => stepByStep(backend, steps, observe)),
    /** Counts after each of so many lives of a backend in which an image was sampled. */
    liveAndDie: async (times: number): Promise<Counts[]> => {
      const counts: Counts[] = [];
      for (let i = 0; i < times; i++) {
        await withBackend(webgpuAgain, (backend) => stepByStep(backend, 2, observe));
        counts.push(observe());
      }
      return counts;
    },
  };
}

async function withPipeline<Result>(
  opening: Promise<ImagePipeline>,
  run: (pipeline: ImagePipeline) => Promise<Result>,
): Promise<Result> {
  const pipeline = await opening;
  try {
    return await run(pipeline);
  } finally {
    await pipeline.dispose();
  }
}

async function withBackend<B extends Backend, Result>(
  create: () => Promise<B>,
  run: (backend: B) => Promise<Result>,
): Promise<Result> {
  const backend = await create();
  setDefaultBackend(backend);
  try {
    return await run(backend);
  } finally {
    await backend.dispose();
  }
}
