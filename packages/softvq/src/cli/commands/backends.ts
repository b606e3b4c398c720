import { describeDevices } from '../../node/devices.js';
import { defineCommand } from '../command.js';

export const backends = defineCommand({
  examples: [['backends', 'tries every device']],
  options: (yargs) => yargs,
  run: async (_args, context) => {
    const devices = await describeDevices();
    const lines = devices.map(({ name, description, available, reason }) => {
      const mark = available ? 'available' : 'missing  ';
      return `${mark}  ${name.padEnd(10)} ${description}${reason === undefined ? '' : `\n${' '.repeat(22)}${reason}`}`;
    });
    context.result({ devices }, lines.join('\n'));
  },
});
