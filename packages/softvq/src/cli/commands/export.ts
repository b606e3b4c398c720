import { exportModel } from '../../export/export-models.js';
import { openDevice } from '../../node/devices.js';
import { loadModel } from '../../node/load-model.js';
import { defineCommand } from '../command.js';
import { downloading } from '../load.js';
import { modelDescription } from '../shared-options.js';

export const exportCommand = defineCommand({
  examples: [
    ['export emoji-sit onnx', 'writes encoder.onnx, decoder.onnx, network.onnx and export.json'],
    ['export runs/tokenizer/model onnx', 'writes a tokenizer alone'],
  ],
  options: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: `A pipeline, a tokenizer or a generator. ${modelDescription}`,
      })
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder for the files' })
      .option('microsoft-operators', {
        type: 'boolean',
        default: false,
        describe: "Use ONNX Runtime's own operators, which are faster there and unknown elsewhere",
      }),
  run: async (args, context) => {
    const model = await downloading(context, (hub) => loadModel(args.model, hub));
    const backend = await openDevice('cpu');
    const bar = context.progress('exporting');
    try {
      const description = await exportModel(model, args.folder, {
        backend,
        microsoftOperators: args.microsoftOperators,
        signal: context.signal,
        onNetwork: ({ file }) => bar.update(undefined, file),
      });
      bar.clear();
      const lines = Object.values(description.networks).map(({ file, inputs, outputs }) => {
        const tensors = [inputs, outputs].map((all) =>
          all.map(({ name, shape }) => `${name} (${shape.join(', ')})`).join(', '),
        );
        return `  ${file}: ${tensors.join(' -> ')}`;
      });
      context.result(
        { folder: args.folder, ...description },
        [`${args.folder}: export.json`, ...lines].join('\n'),
      );
    } finally {
      bar.clear();
      await backend.dispose();
    }
  },
});
