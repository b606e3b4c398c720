import yargs, { type Argv } from 'yargs';
import { nearestNames } from '../pipeline/nearest-names.js';
import type { Chosen, Listener } from './command.js';
import { commands } from './commands/index.js';
import type { CommonArguments } from './context.js';
import { UsageError } from './exit-codes.js';
import { kebabCase } from './kebab-case.js';

/** What a command line asks for: something to do, or a text to print, such as help. */
export interface ParsedCommandLine extends CommonArguments {
  readonly chosen?: Chosen;
  readonly text?: string;
}

/** @throws UsageError for a command line that cannot be understood. */
export async function parseCommandLine(args: readonly string[], version: string): Promise<ParsedCommandLine> {
  let chosen: Chosen | undefined;
  let flags: readonly string[] = [];
  const parser = createParser(version, {
    onFlags: (names) => {
      flags = names;
    },
    onChosen: (each) => {
      chosen = each;
    },
  });
  let text = '';
  let parsed: CommonArguments;
  try {
    parsed = (await parser.parseAsync([...args], {}, (_error, _args, output) => {
      text = output;
    })) as CommonArguments;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(explain(error as Error, flags, args));
  }
  const { json, verbose, quiet } = parsed;
  const common = { json, verbose, quiet };
  return chosen === undefined || text !== '' ? { ...common, text } : { ...common, chosen };
}

/** Prints what a shell completes a command line by, or the script that asks for it, straight to the standard output. */
export async function completeCommandLine(args: readonly string[], version: string): Promise<void> {
  const ignored = (): void => undefined;
  await createParser(version, { onFlags: ignored, onChosen: ignored }).parseAsync([...args]);
}

function createParser(version: string, listener: Listener): Argv {
  const parser = yargs()
    .scriptName('softvq')
    .locale('en')
    .exitProcess(false)
    .fail(false)
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command; softvq --help lists them.')
    .wrap(Math.min(110, process.stdout.columns || 100))
    .parserConfiguration({ 'dot-notation': false })
    .usage('softvq <command>\n\nImages from tokens: trains and runs tokenizers and generators of images.')
    .option('json', { type: 'boolean', describe: 'Print JSON for machines', global: true })
    .option('quiet', { type: 'boolean', describe: 'No progress and no pictures', global: true })
    .option('verbose', { type: 'boolean', describe: 'Say where an error happened', global: true })
    .option('plugin', {
      type: 'string',
      array: true,
      nargs: 1,
      global: true,
      describe: 'Package or module of a plugin to load',
    })
    .completion('completion', 'Print a script that lets bash or zsh complete commands and flags')
    .version(version)
    .help()
    .alias('help', 'h')
    .example('$0 generate emoji-sit --class bird --count 8', 'draws eight birds into generated.png')
    .example('$0 reconstruct emoji-sit photo.jpg', 'shows what the tokenizer keeps of a picture')
    .example('$0 data emoji emoji --size 64', 'makes a data set to train on')
    .example('$0 train tokenizer --dataset emoji --output runs/tokenizer', 'trains a tokenizer')
    .epilogue(
      'Exit codes: 0 done, 1 error, 2 command line not understood, 130 interrupted. Flags of a command: softvq <command> --help',
    );
  for (const register of commands) register(parser, listener);
  return parser;
}

/** The message of the parser, with what was probably meant. */
function explain({ message }: Error, flags: readonly string[], args: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.+)$/m.exec(message)?.[1]?.split(', ') ?? [];
  if (unknown.length === 0) return message;
  // A flag in two spellings is reported twice.
  const distinct = new Set(unknown.map((name) => (args.includes(name) ? name : kebabCase(name))));
  const lines = [...distinct].map((name) => {
    if (args.includes(name)) return `"${name}" is an argument too many`;
    const [near] = nearestNames(name, flags);
    const meant = near === undefined ? '' : `; did you mean --${near}?`;
    return `there is no flag --${name} here${meant}`;
  });
  return `${lines.join('\n')}\n--help lists flags and arguments.`;
}
