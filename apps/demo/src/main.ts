import { mkdir } from 'node:fs/promises';
import { cancel, intro, outro } from '@clack/prompts';
import { SoftVQError } from '@softvq/core';
import { ImagePipeline } from 'softvq/node';
import { help, readOptions } from './options.js';
import { reconstructEmoji } from './reconstructions.js';
import { drawSamples } from './samples.js';

const model = 'emoji-sit';

async function main(signal: AbortSignal): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(help);
    return;
  }
  intro(`SoftVQ: ${model} draws`);
  // Before the work: what cannot be written to is told at once.
  await mkdir(options.folder, { recursive: true });
  const pipeline = await ImagePipeline.fromPretrained(model, { device: options.device, signal });
  try {
    await drawSamples(pipeline, options, signal);
    await reconstructEmoji(pipeline, options, signal);
  } finally {
    await pipeline.dispose();
  }
  outro(`The pictures are in ${options.folder}`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where the library was called means nothing to who typed a command.
  return error instanceof SoftVQError
    ? error.message.replace(`\n    at ${error.callSite}`, '')
    : error.message;
}

const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('interrupted')));
try {
  await main(controller.signal);
} catch (error) {
  cancel(controller.signal.aborted ? 'Interrupted; no file is half-written.' : messageOf(error));
  process.exitCode = controller.signal.aborted ? 130 : 1;
}
