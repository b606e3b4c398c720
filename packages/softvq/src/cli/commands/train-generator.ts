import { join } from 'node:path';
import { type GeneratorTrainingInput, generatorTrainingFields, trainGenerator } from '@softvq/training';
import { openDevice } from '../../node/devices.js';
import { findPart } from '../../node/find-part.js';
import { joinModels } from '../../node/join-models.js';
import { defineCommand } from '../command.js';
import { downloading } from '../load.js';
import { deviceOptions, withDevice } from '../shared-options.js';
import { readTrainingConfig, withTrainingConfig } from '../training-flags.js';
import { reportTraining } from '../training-report.js';

const fields = generatorTrainingFields();

export const trainGeneratorCommand = defineCommand({
  examples: [
    ['train generator --config sit.yaml', 'trains as the file says; called again, it goes on'],
    [
      'train generator --tokenizer runs/tokenizer/model --dataset emoji --output runs/sit --model.kind SiT',
      'trains a SiT, and joins it with its tokenizer in runs/sit/pipeline',
    ],
  ],
  options: (yargs) => withTrainingConfig(withDevice(yargs), fields),
  run: async (args, context) => {
    const given = await readTrainingConfig(args.config, args, fields);
    const config = await withTokenizerFolder(given, (load) => downloading(context, load));
    const { device, ...options } = deviceOptions(args);
    const backend = await openDevice(device, options);
    const bar = context.progress('encoding');
    try {
      const events = trainGenerator(config, {
        backend,
        signal: context.signal,
        onLatents: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
      });
      const { folder } = await reportTraining(events, context);
      const pipeline = await joinModels(config.tokenizer, folder);
      const joined = join(config.output, 'pipeline');
      await pipeline.save(joined);
      context.event({ type: 'pipeline', folder: joined });
      context.note(`the pipeline is in ${joined}; try softvq generate ${joined} --class all`);
    } finally {
      bar.clear();
      await backend.dispose();
    }
  },
});

/** A tokenizer that comes as an npm package, or in a pipeline, is named by its folder. */
async function withTokenizerFolder(
  config: Record<string, unknown>,
  load: (find: (hub: Parameters<typeof findPart>[2]) => Promise<string>) => Promise<string>,
): Promise<GeneratorTrainingInput> {
  const { tokenizer } = config;
  // The training checks what it is given.
  if (typeof tokenizer !== 'string') return config as GeneratorTrainingInput;
  const folder = await load(async (hub) => (await findPart(tokenizer, 'tokenizer', hub)).path);
  return { ...config, tokenizer: folder } as GeneratorTrainingInput;
}
