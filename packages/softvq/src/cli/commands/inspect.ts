import { openCheckpoint } from '@softvq/core/node';
import { openDevice } from '../../node/devices.js';
import { inspectModel, inspectTensors } from '../../node/inspect-model.js';
import { type LoadedModel, loadModel } from '../../node/load-model.js';
import { defineCommand } from '../command.js';
import { downloading } from '../load.js';
import { modelDescription } from '../shared-options.js';

export const inspect = defineCommand({
  examples: [
    ['inspect emoji-sit', 'tells parameters and operations of each network'],
    ['inspect checkpoint.pt --weights', 'lists the tensors of a file that has no config beside it'],
  ],
  options: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: `A pipeline, a tokenizer, a generator, or a file of weights. ${modelDescription}`,
      })
      .option('tensors', { type: 'boolean', default: false, describe: 'List every tensor, too' })
      .option('weights', {
        type: 'boolean',
        default: false,
        describe: 'List the tensors of a file of weights, whatever it is of',
      })
      .option('entry', { type: 'string', describe: 'Which weights of a checkpoint: ema, model, model_ema' })
      .option('config', {
        type: 'string',
        describe: 'config.json of the model',
        defaultDescription: 'beside the weights',
      }),
  run: async ({ model: source, tensors, weights, entry, config }, context) => {
    if (weights) {
      const file = await openCheckpoint(source, entry === undefined ? {} : { entry });
      const listed = inspectTensors(file.tensors);
      context.result({ file: source, ...listed }, textOfTensors(listed));
      return;
    }
    const model = await downloading(context, (hub) => loadModel(source, { ...hub, entry, config }));
    const backend = await openDevice('cpu');
    try {
      const inspected = await inspectModel(model, backend);
      const { tensors: all, ...summary } = inspected;
      context.result(
        { model: source, ...summary, ...(tensors && { tensors: all }) },
        [textOf(source, model, inspected), ...(tensors ? ['', tensorLines(all)] : [])].join('\n'),
      );
    } finally {
      await backend.dispose();
    }
  },
});

type Inspected = Awaited<ReturnType<typeof inspectModel>>;
type Listed = ReturnType<typeof inspectTensors>;

function textOf(source: string, model: LoadedModel, inspected: Inspected): string {
  const { parameters, bytes, networks, configs } = inspected;
  const lines = [
    `${source}: a ${model.kind}, ${parameters.toLocaleString('en')} parameters, ${megabytes(bytes)} in memory`,
  ];
  for (const { name, parameters: own, flops } of networks) {
    lines.push(
      `  ${name.padEnd(12)} ${own.toLocaleString('en').padStart(13)} parameters, ${(flops / 1e9).toPrecision(4)} GFLOP for one image`,
    );
  }
  for (const [name, config] of Object.entries(configs)) {
    lines.push(`${name}:`);
    for (const [field, value] of Object.entries(config)) {
      const text = JSON.stringify(value) ?? 'none';
      lines.push(`  ${field}: ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`);
    }
  }
  return lines.join('\n');
}

function textOfTensors({ tensors, bytes, elements }: Listed): string {
  return `${tensors.length} tensors, ${elements.toLocaleString('en')} numbers, ${megabytes(bytes)}\n${tensorLines(tensors)}`;
}

function tensorLines(tensors: Listed['tensors']): string {
  return tensors
    .map(({ name, dtype, shape }) => `  ${dtype.padEnd(8)} ${`(${shape.join(', ')})`.padEnd(20)} ${name}`)
    .join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
