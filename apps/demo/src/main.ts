import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cancel, intro, log, outro } from '@clack/prompts';
import { cpu } from '@softvq/backends/cpu';
import { setDefaultBackend } from '@softvq/core';
import { kaimingNormal } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { pictureGrid } from '@softvq/data';
import { writePng } from '@softvq/data/node';
import { SoftVQ } from '@softvq/tokenizer';
import { batches, imageSize, loadEmojiImages } from './emoji-images.js';
import { showProgress } from './progress-display.js';
import { reconstruct } from './reconstruction.js';
import { train } from './training.js';

const help = `Trains a small SoftVQ tokenizer on emoji and shows what it makes of emoji it has never seen.

  npm run demo -- [options]

  --seconds <n>   how long to train (default 270)
  --output <dir>  where the picture goes (default out)
  --seed <n>      of initial values, batches and the choice of pictures shown (default 0)
  --help          this text

The picture reconstructions.png has originals above their reconstructions. Ctrl-C stops at once and writes no picture.`;

const batchSize = 16;

function parseOptions() {
  return parseArgs({
    options: {
      seconds: { type: 'string', default: '270' },
      output: { type: 'string', default: 'out' },
      seed: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

/** Tasks are run from the package's folder; paths are meant from where the command was given. */
function fileRelativeToCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`--${name} must be a whole number from ${least}, not "${text}"`);
  }
  return value;
}

async function main(signal: AbortSignal): Promise<void> {
  const values = parseOptions();
  if (values.help) {
    console.log(help);
    return;
  }
  const seconds = wholeNumber('seconds', values.seconds, 1);
  const seed = wholeNumber('seed', values.seed, 0);
  const folder = fileRelativeToCaller(values.output);
  intro('SoftVQ: pictures to a few tokens and back');

  const drawing = showProgress('Drawing emoji');
  const { training, heldOut } = await loadEmojiImages(folder, signal, (done, total) =>
    drawing.update(done / total, `Drawing emoji: ${done} of ${total}`),
  );
  drawing.stop(
    `${training.length + heldOut.length} emoji: ${training.length} to train on, ${heldOut.length} held out`,
  );

  const backend = await cpu();
  setDefaultBackend(backend);
  const model = new SoftVQ({
    imageSize,
    patchSize: 16,
    latentTokens: 16,
    latentWidth: 32,
    codebooks: 4,
    codebookSize: 1024,
    encoder: { width: 128, depth: 2, heads: 4 },
    decoder: { width: 128, depth: 2, heads: 4 },
    // Minutes, not days: every block takes part and every token knows its place from the start.
    initialization: { layerScale: 1, weights: kaimingNormal({ nonlinearity: 'linear' }), tokenDeviation: 1 },
    seed,
  });
  log.info(
    `Tokenizer: ${imageSize}×${imageSize} pixels to 16 tokens of 32 numbers, ${model.parameterCount} parameters`,
  );

  const random = new RandomStream({ seed, name: 'demo' });
  const display = showProgress('Compiling the training step');
  let loss = Number.NaN;
  const trained = await train(model, {
    batches: batches(training, batchSize, random.child('batches')),
    seconds,
    peakLearningRate: 2e-3,
    signal,
    onStep: (step) => {
      loss = Number.isNaN(loss) ? step.loss : loss + 0.05 * (step.loss - loss);
      display.update(
        step.share,
        `Step ${step.steps}: loss ${loss.toFixed(4)}, ${step.imagesPerSecond.toFixed(0)} images/s, ${step.secondsLeft.toFixed(0)} s left`,
      );
    },
  });
  display.stop(`Trained for ${seconds} s; loss ${loss.toFixed(4)}`);

  const { pictures, psnr } = await reconstruct(
    trained,
    heldOut.map(({ picture }) => picture),
  );
  const shown = random.child('shown').permutation(heldOut.length).subarray(0, 48);
  const rows = Array.from({ length: 3 }, (_, row) => shown.subarray(row * 16, (row + 1) * 16)).flatMap(
    (row) => [Array.from(row, (at) => heldOut[at]!.picture), Array.from(row, (at) => pictures[at]!)],
  );
  signal.throwIfAborted();
  const path = join(folder, 'reconstructions.png');
  await writePng(path, pictureGrid(rows, { gap: 4 }));
  await backend.dispose();
  log.info(`PSNR of ${heldOut.length} held-out emoji: ${psnr.toFixed(2)} dB`);
  outro(`Originals above reconstructions: ${path}`);
}

const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('interrupted')));
try {
  await main(controller.signal);
} catch (error) {
  cancel(controller.signal.aborted ? 'Interrupted; no picture was written.' : (error as Error).message);
  process.exitCode = controller.signal.aborted ? 130 : 1;
}
