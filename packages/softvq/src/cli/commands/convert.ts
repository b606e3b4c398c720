import { savePretrained as saveGenerator } from '@softvq/generators/node';
import { savePretrained as saveTokenizer } from '@softvq/tokenizer/node';
import { ImagePipeline } from '../../node/image-pipeline.js';
import { type LoadedModel, loadModel } from '../../node/load-model.js';
import { replaceFolder } from '../../node/replace-folder.js';
import { defineCommand } from '../command.js';
import { downloading } from '../load.js';
import { modelDescription, withDtype } from '../shared-options.js';

export const convert = defineCommand({
  examples: [
    [
      'convert checkpoints/0400000.pt sit --entry ema --dtype float16',
      'takes the average, in half precision',
    ],
    ['convert tokenizer.pt tokenizer --config softvq-l-64.json', 'names the config, which is elsewhere'],
    ['convert runs/sit/pipeline small --dtype float16', 'halves the size of a pipeline'],
  ],
  options: (yargs) =>
    withDtype(yargs)
      .positional('source', {
        type: 'string',
        demandOption: true,
        describe: `A file of weights (.pt, .pth, .safetensors), or a model. ${modelDescription}`,
      })
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder for the result' })
      .option('entry', { type: 'string', describe: 'Which weights of a checkpoint: ema, model, model_ema' })
      .option('config', {
        type: 'string',
        describe: 'config.json of the model',
        defaultDescription: 'beside the weights',
      }),
  run: async (args, context) => {
    const { source, folder, entry, config, dtype } = args;
    const model = await downloading(context, (hub) => loadModel(source, { ...hub, entry, config }));
    context.signal.throwIfAborted();
    await saveModel(model, folder, dtype === undefined ? {} : { dtype });
    const stored = dtype ?? 'as they were';
    context.result(
      { folder, kind: model.kind, ...(dtype && { dtype }) },
      `${folder}: ${describe(model)}, numbers ${stored}`,
    );
  },
});

function describe(model: LoadedModel): string {
  if (model.kind === 'pipeline') return `the pipeline of a ${model.parts.generator.name}`;
  if (model.kind === 'tokenizer') return `the tokenizer ${model.tokenizer.constructor.name}`;
  return `the generator ${model.generator.name}`;
}

async function saveModel(
  model: LoadedModel,
  folder: string,
  options: { readonly dtype?: 'float32' | 'float16' },
): Promise<void> {
  if (model.kind === 'pipeline') return ImagePipeline.fromParts(model.parts).save(folder, options);
  await replaceFolder(
    folder,
    (temporary) =>
      model.kind === 'tokenizer'
        ? saveTokenizer(model.tokenizer, temporary, options)
        : saveGenerator(model.generator, temporary, options),
    (names) => names.includes('config.json'),
  );
}
