import type { Option } from './option.js';
import type { Output } from './output.js';
import type { World } from './world.js';

export interface CommandContext<O> {
  readonly options: O;
  readonly out: Output;
  readonly world: World;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Command<O> {
  readonly name: string;
  readonly summary: string;
  /** Command lines, without `neuron-atlas`, that show it at work. */
  readonly examples: readonly [string, ...string[]];
  /** By name of the option; arguments in the order in which they are typed. */
  readonly options: { readonly [K in keyof O]-?: Option<O[K]> };
  /** Reads nothing global: files, network, processes and output all come in here. */
  readonly run: (context: CommandContext<O>) => Promise<void>;
}

export const defineCommand = <O>(command: Command<O>): Command<O> => command;

/** A command whose options only it knows. */
export type AnyCommand = Command<Readonly<Record<string, unknown>>>;
