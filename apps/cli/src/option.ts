import type { GivenInputs } from '@neuron-atlas/onnx';
import { errors } from './errors.js';

/**
 * One thing that a command takes: an argument (`SPEC`, `[ID]` where it may be left out) or a flag (`--out FILE`,
 * `--watch`). `parse` gets the text, 'true' for a flag without value, undefined where it was not given; it throws
 * a {@link WrongValue} for what it does not take.
 */
export type Option<T> = Place & {
  readonly doc: string;
  readonly parse: (raw: string | undefined) => T;
};
type Place = { readonly argument: string; readonly flag?: never } | { readonly flag: string; readonly argument?: never };

/** What is wrong with a value, in words that follow the option's name; main makes CLI_USAGE of it. */
export class WrongValue extends Error {}

export const text = (raw: string | undefined): string => {
  if (raw === undefined || raw === '') throw new WrongValue('must be given');
  return raw;
};
export const optionalText = (raw: string | undefined): string | undefined => (raw === '' ? undefined : raw);
export const isGiven = (raw: string | undefined): boolean => raw !== undefined;
export const wholeNumber = <F extends number | undefined>(least: number, most: number, fallback: F) => (raw: string | undefined): number | F => {
  if (raw === undefined) return fallback;
  const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
  if (!(value >= least && value <= most)) throw new WrongValue(`is "${raw}", expected a whole number from ${least} to ${most}`);
  return value;
};

/** Flag of the commands that read a model by itself. */
export const inputsOption: Option<GivenInputs> = {
  flag: '--inputs NAME=NUMBER,…',
  doc: 'Constants for inputs that are not the picture; a spec has them in model.inputs.',
  parse: (raw) => Object.fromEntries((raw ?? '').split(',').filter((part) => part !== '').map((part) => {
    const [, name, digits] = /^(.+)=([^=]+)$/.exec(part) ?? [];
    const value = Number(digits);
    if (name === undefined || !Number.isFinite(value)) throw new WrongValue(`has "${part}", expected NAME=NUMBER`);
    return [name, value];
  })),
};

/** Flag of all commands that speak to a coordinator. */
export const coordinatorOption: Option<string | undefined> = {
  flag: '--coordinator HOST:PORT',
  doc: 'Address of the coordinator (default: NEURON_ATLAS_COORDINATOR, else 127.0.0.1:7071); over TLS with the files in NEURON_ATLAS_TLS_CERT, _KEY and _CA.',
  parse: (raw) => {
    if (raw !== undefined && !addressPattern.test(raw)) throw new WrongValue(`is "${raw}", expected HOST:PORT`);
    return raw;
  },
};

const addressPattern = /^([^\s:/]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/;

/** The address that a command speaks to: the flag, then the environment, then the default of `up`. */
export function coordinatorAddress(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const address = flag ?? (env['NEURON_ATLAS_COORDINATOR'] || defaultAddress);
  if (!addressPattern.test(address)) {
    throw errors.usage({ problem: `NEURON_ATLAS_COORDINATOR is "${address}", expected HOST:PORT`, command: '' });
  }
  return address;
}
export const defaultAddress = '127.0.0.1:7071';
