import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import type { AnyCommand } from './command.js';
import { errors } from './errors.js';
import { WrongValue, type Option } from './option.js';

/** What a command line asks for: a command with its options, or a text (help, version) to print. */
export type Asked =
  | { readonly kind: 'command'; readonly command: AnyCommand; readonly options: Readonly<Record<string, unknown>>; readonly json: boolean }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Reads a command line, without the name of the program.
 *
 * What does not fit is CLI_USAGE, commander's words kept ("unknown option '--agnets'. Did you mean '--agents'?").
 */
export function parseCommandLine(argv: readonly string[], commands: readonly AnyCommand[], version: string): Asked {
  let printed = '';
  let problem = '';
  let asked: Asked | undefined;
  const print = { writeOut: (text: string) => { printed += text; }, writeErr: (text: string) => { problem += text; } };
  const program = new Commander('neuron-atlas')
    .description('Shows what every unit in every layer of a neural network responds to.')
    .usage('<command> [options]')
    .version(version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput(print)
    .configureHelp({ sortSubcommands: false, subcommandTerm: (command) => command.name() })
    .addHelpText('after', '\nExample: neuron-atlas run sweep.yaml\nEvery command has --json, and --help with an example.');

  for (const command of commands) {
    const entry = program.command(command.name).description(command.summary).exitOverride().configureOutput(print).allowExcessArguments(false);
    const named = Object.entries<Option<unknown>>(command.options);
    const positional = named.filter(([, option]) => option.argument !== undefined);
    for (const [, option] of positional) entry.argument(bracketed(option.argument ?? ''), option.doc);
    for (const [, option] of named) if (option.flag !== undefined) entry.addOption(new CommanderOption(flagged(option.flag), option.doc));
    entry.option('--json', 'Print JSON: one document, or a line for each record.');
    entry.addHelpText('after', `\n${command.examples.length === 1 ? 'Example' : 'Examples'}:\n${command.examples.map((line) => `  neuron-atlas ${line}`).join('\n')}`);
    entry.action((...given: unknown[]) => {
      const flags = entry.opts<Record<string, string | boolean | undefined>>();
      const values = named.map(([name, option]): [string, unknown] => {
        const index = positional.findIndex(([key]) => key === name);
        const raw = option.flag === undefined ? given[index] : flags[flagKey(option.flag)];
        return [name, parsed(option, raw === true ? 'true' : raw === undefined || raw === false ? undefined : String(raw), command.name)];
      });
      asked = { kind: 'command', command, options: Object.fromEntries(values), json: flags['json'] === true };
    });
  }

  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: printed };
    // No command at all: commander's answer is the help.
    if (error.code === 'commander.help') return { kind: 'text', text: problem };
    throw errors.usage({ problem: inOneLine(problem === '' ? error.message : problem), command: argv[0] ?? '' }, error);
  }
  if (asked === undefined) throw new Error('unreachable: commander ran no command and raised nothing');
  return asked;
}

function parsed(option: Option<unknown>, raw: string | undefined, command: string): unknown {
  try {
    return option.parse(raw);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw errors.usage({ problem: `${option.flag?.split(' ')[0] ?? option.argument} ${error.message}`, command }, error);
  }
}

/** `SPEC` is `<SPEC>` to commander, `[ID]` stays. */
const bracketed = (argument: string): string => (argument.startsWith('[') ? argument : `<${argument}>`);
const flagged = (flag: string): string => flag.replace(/ (\S+)$/, ' <$1>');
const flagKey = (flag: string): string => (flag.split(' ')[0] ?? '').slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const inOneLine = (text: string): string => text.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ').trim();
