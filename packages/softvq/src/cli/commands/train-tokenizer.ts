import { type TokenizerTrainingInput, tokenizerTrainingFields, trainTokenizer } from '@softvq/training';
import { openDevice } from '../../node/devices.js';
import { defineCommand } from '../command.js';
import { deviceOptions, withDevice } from '../shared-options.js';
import { readTrainingConfig, withTrainingConfig } from '../training-flags.js';
import { reportTraining } from '../training-report.js';

const fields = tokenizerTrainingFields();

export const trainTokenizerCommand = defineCommand({
  examples: [
    ['train tokenizer --config tokenizer.yaml', 'trains as the file says; called again, it goes on'],
    [
      'train tokenizer --dataset emoji --image-size 64 --output runs/tokenizer --steps 20000',
      'trains with defaults for the rest',
    ],
    ['train tokenizer --config tokenizer.yaml --optimizer.learning-rate 3e-4', 'changes one field'],
  ],
  options: (yargs) => withTrainingConfig(withDevice(yargs), fields),
  run: async (args, context) => {
    const config = await readTrainingConfig(args.config, args, fields);
    const { device, ...options } = deviceOptions(args);
    const backend = await openDevice(device, options);
    try {
      // The training checks what it is given.
      const events = trainTokenizer(config as TokenizerTrainingInput, { backend, signal: context.signal });
      const { folder } = await reportTraining(events, context);
      context.note(`the tokenizer is in ${folder}; try softvq reconstruct ${folder} picture.png`);
    } finally {
      await backend.dispose();
    }
  },
});
