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
  const made = new Map<Name, Promise<Backend>>();
  /** Lasts until `close`: what its engine has compiled for one proof serves the next. */
  const backendOf = async (name: Name): Promise<Backend> => {
    const found = made.get(name) ?? backends[name]();
    made.set(name, found);
    setDefaultBackend(await found);
    return found;
  };
  return {
    golden: async (name: Name, proof: GoldenProof, slack: number) =>
      runGolden(proof, await backendOf(name), fixture, slack),
    draw: async (name: Name) => drawPictures(await backendOf(name)),
    drawEmoji: async (name: Name) => withPipeline(emoji(await backendOf(name)), drawEmoji),
    /** Counts before and after a step of training of which no result is read. */
    trainUnread: () =>
      withBackend(webgpu, async (backend) => {
        const before = observe();
        await trainUnread(backend);
        return { before, after: observe() };
      }),
    train: async (name: Name) => trainOnce(await backendOf(name), smallModels()),
    /** Of the emoji pipeline. */
    trainEmoji: async (name: Name) => {
      const backend = await backendOf(name);
      return withPipeline(emoji(backend), (pipeline) => trainOnce(backend, emojiModels(pipeline)));
    },
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
    close: async () => {
      await Promise.all([...made.values()].map(async (backend) => (await backend).dispose()));
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
