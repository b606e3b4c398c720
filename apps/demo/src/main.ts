import { mkdir } from 'node:fs/promises';
import { intro, outro } from '@clack/prompts';
import { runApp } from '@softvq/console';
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

await runApp(main);
