import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Context } from './context.js';
import { UsageError } from './exit-codes.js';
import { kebabCase } from './kebab-case.js';

/** What a command takes and does. */
export interface CommandDefinition<Args> {
  /** Command lines without the name of the program, and what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  readonly options: (yargs: Argv) => Argv<Args> | Promise<Argv<Args>>;
  readonly run: (args: ArgumentsCamelCase<Args>, context: Context) => Promise<void>;
}

/** A command, whatever its arguments are. */
export interface Command {
  /** Adds its arguments and examples to a parser. */
  readonly attach: (yargs: Argv) => Promise<void>;
  /** With the arguments that the parser found. */
  readonly run: (args: ArgumentsCamelCase, context: Context) => Promise<void>;
}

export function defineCommand<Args>({ examples, options, run }: CommandDefinition<Args>): Command {
  return {
    attach: async (yargs) => {
      const complete = await options(yargs);
      for (const [commandLine, meaning] of examples) complete.example(`$0 ${commandLine}`, meaning);
    },
    // The parser found what `options` asked it for.
    run: (args, context) => run(args as ArgumentsCamelCase<Args>, context),
  };
}

/** A command line that was understood, waiting to be run. */
export type Chosen = (context: Context) => Promise<void>;

/** Who asked for a command line to be understood. */
export interface Listener {
  /** The flags of the command that is meant, before they are checked. */
  readonly onFlags: (names: readonly string[]) => void;
  /** The command that is meant, with everything checked. */
  readonly onChosen: (chosen: Chosen) => void;
}

/** Adds a command to a parser. */
export type Registration = (yargs: Argv, listener: Listener) => void;

/** What the types of the parser leave out. */
interface WithOptions {
  getOptions(): { readonly array: readonly string[]; readonly key: Readonly<Record<string, unknown>> };
}

/**
 * A command that is loaded when it is the one that is meant: who asks for help need not load engines.
 *
 * @param name with the arguments it takes: `generate <model>`.
 */
export function lazyCommand(name: string, summary: string, load: () => Promise<Command>): Registration {
  return (yargs, { onFlags, onChosen }) => {
    // The parser forgets which flags take lists before the command is run.
    let lists: readonly string[] = [];
    yargs.command(
      name,
      summary,
      async (own: Argv) => {
        await (await load()).attach(own);
        const { array, key } = (own as unknown as WithOptions).getOptions();
        lists = array.slice();
        onFlags(Object.keys(key));
        return own;
      },
      (args) => {
        assertValues(args, lists);
        onChosen(async (context) => {
          await loadPlugins(args['plugin'] as readonly string[] | undefined);
          await (await load()).run(args, context);
        });
      },
    );
  };
}

async function loadPlugins(sources: readonly string[] = []): Promise<void> {
  if (sources.length === 0) return;
  const { loadPlugin } = await import('../node/plugins.js');
  for (const source of sources) await loadPlugin(source);
}

/** A group of commands. */
export function commandGroup(name: string, summary: string, commands: readonly Registration[]): Registration {
  return (yargs, listener) => {
    yargs.command(name, summary, (inner: Argv) => {
      for (const register of commands) register(inner, listener);
      return inner.demandCommand(1, `Name what to ${name}; softvq ${name} --help lists it.`);
    });
  };
}

/** @throws UsageError for what is no number where one is needed, or is given twice. */
function assertValues(args: ArgumentsCamelCase, lists: readonly string[]): void {
  for (const [key, value] of Object.entries(args)) {
    if (key === '_' || key === '$0') continue;
    const name = kebabCase(key);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.some(Number.isNaN)) throw new UsageError(`--${name} needs a number`);
    if (Array.isArray(value) && !lists.includes(name)) {
      throw new UsageError(`--${name} is given ${values.length} times; give it once`);
    }
  }
}
