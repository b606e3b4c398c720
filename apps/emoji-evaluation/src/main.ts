import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { intro, log, outro } from '@clack/prompts';
import { cpu } from '@softvq/backends/cpu';
import { runApp } from '@softvq/console';
import { ArgumentError } from '@softvq/core';
import { isFolder, readEmojiPictures } from './emoji-pictures.js';
import { Evaluation } from './evaluation.js';
import { FeatureExtractor } from './features.js';
import { type Figures, writeFigures } from './figures.js';
import { type EvaluationOptions, generatorNames, help, type ModelName, parseOptions } from './options.js';
import { prepareClassifier } from './prepare-classifier.js';
import { pictureSetsTable, precisionTable, sweepTable, tokenizerTable } from './tables.js';
import { timed } from './timed.js';

async function main(signal: AbortSignal): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(help);
    return;
  }
  intro('Emoji models against emoji');
  const models = await foldersOfModels(options);
  const emoji = await timed('Reading pictures', (onProgress) =>
    readEmojiPictures(options.dataset, { signal, onProgress }),
  );
  await mkdir(options.output, { recursive: true });
  const backend = await cpu();
  const { classifier, trainingSeconds } = await prepareClassifier(join(options.output, 'classifier'), emoji, {
    backend,
    seed: options.seed,
    signal,
  });
  const extractor = new FeatureExtractor(classifier, backend);
  const evaluation = await Evaluation.start({ emoji, extractor, backend, options, signal });
  const figures: Figures = {
    seed: options.seed,
    dataset: {
      fingerprint: emoji.fingerprint,
      classes: emoji.classes.length,
      training: emoji.training.pictures.length,
      heldOut: emoji.heldOut.pictures.length,
    },
    classifier: {
      heldOut: evaluation.heldOut.recognised,
      ...(trainingSeconds !== undefined && { trainingSeconds }),
    },
    pictureSets: [evaluation.heldOut, ...(await evaluation.realPictures())],
    generators: {},
  };
  const path = join(options.output, 'figures.json');
  const tokenizer = models.get('tokenizer');
  if (tokenizer !== undefined) {
    const measured = await evaluation.tokenizer(tokenizer);
    figures.tokenizer = measured.figures;
    figures.pictureSets.push(...measured.sets);
  }
  // Measuring takes long: what is known is in the file after each model.
  await writeFigures(path, figures);
  for (const name of generatorNames) {
    const folder = models.get(name);
    if (folder === undefined) continue;
    const measured = await evaluation.generator(name, folder);
    figures.generators[name] = measured;
    figures.pictureSets.push(measured.samples);
    await writeFigures(path, figures);
  }
  await extractor.dispose();
  await backend.dispose();
  printTables(figures);
  outro(`Figures and pictures are in ${options.output}`);
}

/** The folders that are there of those asked for. */
async function foldersOfModels({ models, only }: EvaluationOptions): Promise<Map<ModelName, string>> {
  if (!(await isFolder(models))) {
    throw new ArgumentError(`there is no folder ${models}; name the folder of the models with --models`);
  }
  const found = new Map<ModelName, string>();
  for (const name of new Set(only)) {
    const folder = join(models, name);
    if (await isFolder(folder)) found.set(name, folder);
    else log.warn(`There is no ${folder}: ${name} is left out`);
  }
  return found;
}

function printTables({ tokenizer, pictureSets, generators }: Figures): void {
  if (tokenizer !== undefined) console.log(`\n${tokenizerTable(tokenizer)}`);
  console.log(`\n${pictureSetsTable(pictureSets)}`);
  for (const name of generatorNames) {
    const measured = generators[name];
    if (measured === undefined) continue;
    console.log(`\n${name}: ${measured.imagesPerSecond.toFixed(1)} images/s by its own settings`);
    if (measured.sweep !== undefined) console.log(`\n${sweepTable(measured.sweep)}`);
    if (measured.precisions !== undefined) {
      console.log(`\n${precisionTable(measured.precisions, measured.imagesPerSecond)}`);
    }
  }
  console.log();
}

await runApp(main);
