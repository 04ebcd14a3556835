import { pictureFile } from '../picture-file.js';
import { labelOf } from './label-of.js';
import type { ReadRange, TarDamage, TarMember } from './tar-members.js';

/** A picture of a WebDataset shard. */
export interface TarSample extends TarMember {
  readonly label?: string | undefined;
  /** Set where it cannot be used: it is there a second time, or stands for what a damaged archive no longer holds. */
  readonly fault?: 'twice' | { readonly damage: string };
}

export interface TarOptions {
  /** Ending of the pictures, without the dot. @default any that pictures have */
  readonly image?: string | undefined;
  readonly label?: string | undefined;
}

/**
 * The samples of a shard: members that follow each other and share what stands before the first dot of their name are of one
 * sample; each picture among them is one, and the others may hold its label.
 *
 * Names are compared within the shard: they are what is held of it meanwhile.
 */
export async function* tarSamples(members: AsyncIterable<TarMember | TarDamage>, read: ReadRange, options: TarOptions): AsyncGenerator<TarSample, void, undefined> {
  const seen = new Set<string>();
  let [key, group]: [string, TarMember[]] = ['', []];
  const isPicture = ({ name }: TarMember): boolean => (options.image === undefined ? pictureFile.test(name) : endingOf(name) === options.image.toLowerCase());

  async function* ended(): AsyncGenerator<TarSample, void, undefined> {
    const pictures = group.filter(isPicture);
    if (pictures.length === 0) return;
    const label = await labelOf(group.filter((one) => !isPicture(one)).map((one) => ({ ...one, ending: endingOf(one.name) })), read, options.label);
    for (const picture of pictures) {
      const twice = seen.has(picture.name);
      seen.add(picture.name);
      yield { ...picture, label, ...(twice ? { fault: 'twice' as const } : {}) };
    }
  }

  for await (const member of members) {
    if ('damage' in member) {
      yield* ended();
      group = [];
      yield { name: '', offset: 0, bytes: 0, fault: member };
      continue;
    }
    const base = member.name.slice(member.name.lastIndexOf('/') + 1);
    if (base.startsWith('.')) continue;   // what desktops leave beside files
    const own = member.name.slice(0, member.name.length - base.length) + base.split('.')[0]!;
    if (own !== key) {
      yield* ended();
      [key, group] = [own, []];
    }
    group.push(member);
  }
  yield* ended();
}

/** What follows the first dot of a file's name, in lower case. */
function endingOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.indexOf('.');
  return dot < 0 ? '' : base.slice(dot + 1).toLowerCase();
}
