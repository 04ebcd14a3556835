import { labelText } from '../label-text.js';
import type { ReadRange, TarMember } from './tar-members.js';

/** A member beside a picture, of the same sample. */
type Beside = TarMember & { readonly ending: string };

/** Larger ones are data of their own, not a label. */
const mostBytes = 1 << 16;

/** Fields of a JSON member that hold a label, the usual ones first. */
const usualFields = ['label', 'class', 'class_name', 'category', 'caption', 'text'];

/** What the other members of a sample say of its picture: `wanted` is an ending or a field; else `.cls`, then a field of `.json`, then `.txt`. */
export async function labelOf(beside: readonly Beside[], read: ReadRange, wanted?: string): Promise<string | undefined> {
  const member = (ending: string): Beside | undefined => beside.find((one) => one.ending === ending && one.bytes <= mostBytes);
  const textOf = async (one: Beside | undefined): Promise<string | undefined> =>
    (one === undefined ? undefined : Buffer.from(await read(one.offset, one.offset + one.bytes)).toString('utf8'));
  if (wanted !== undefined && member(wanted.toLowerCase()) !== undefined) return labelText(await textOf(member(wanted.toLowerCase())));
  const fields = wanted === undefined ? usualFields : [wanted];
  const json = (async () => labelText(fieldOf(await textOf(member('json')), fields)));
  if (wanted !== undefined) return json();
  return labelText(await textOf(member('cls'))) ?? (await json()) ?? labelText(await textOf(member('txt')));
}

function fieldOf(text: string | undefined, fields: readonly string[]): unknown {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;   // a picture without a label is a picture still
  }
  if (typeof value !== 'object' || value === null) return value;
  const name = fields.find((field) => labelText((value as Readonly<Record<string, unknown>>)[field]) !== undefined);
  return name === undefined ? undefined : (value as Readonly<Record<string, unknown>>)[name];
}
