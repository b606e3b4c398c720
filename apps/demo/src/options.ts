import { parseArgs } from 'node:util';
import { relativeToCaller, wholeNumber } from '@softvq/console';
import { type DeviceName, deviceNames } from 'softvq/node';

const usualClasses = [
  'smiling-face',
  'sad-face',
  'animal-face',
  'bird',
  'fruit',
  'flower',
  'heart',
  'clock',
  'hand',
  'flag',
];

export const help = `Draws emoji with a small SiT, and takes emoji that no model has seen through the tokenizer and back.

  npm run demo -- [options]

  --classes <a,b>  what to draw, by name or number
                   (default ${usualClasses.slice(0, 5).join(',')},
                   ${usualClasses.slice(5).join(',')})
  --count <n>      pictures of each class (default 6)
  --seed <n>       the same seed draws the same pictures (default 0)
  --output <dir>   where the pictures go (default out)
  --device <name>  what computes: ${deviceNames.join(', ')} (default cpu)
  --help           this text

samples.png has a row for each class, and samples.json says which; reconstructions.png has originals above their
reconstructions. Ctrl-C stops within a step and leaves no half-written file.`;

export interface DemoOptions {
  readonly classes: readonly string[];
  readonly count: number;
  readonly seed: number;
  /** An absolute path. */
  readonly folder: string;
  readonly device: DeviceName;
}

/**
 * What the command line says, or undefined when it asks for help.
 *
 * @throws Error that says which flag cannot be understood.
 */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      classes: { type: 'string', default: usualClasses.join(',') },
      count: { type: 'string', default: '6' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string', default: 'out' },
      device: { type: 'string', default: 'cpu' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const classes = values.classes.split(',').map((name) => name.trim());
  if (classes.includes('')) throw new Error(`--classes are names between commas, not "${values.classes}"`);
  return {
    classes,
    count: wholeNumber('count', values.count, 1),
    seed: wholeNumber('seed', values.seed, 0),
    folder: relativeToCaller(values.output),
    device: deviceOf(values.device),
  };
}

function deviceOf(text: string): DeviceName {
  const device = deviceNames.find((name) => name === text);
  if (device !== undefined) return device;
  throw new Error(`--device must be one of ${deviceNames.join(', ')}, not "${text}"`);
}
