import { Header, Pax, type HeaderData } from 'tar';

/** A file in a tar. */
export interface TarMember {
  readonly name: string;
  /** Of its content, in the archive. */
  readonly offset: number;
  readonly bytes: number;
}

/** Where an archive stops being one, and how. */
export interface TarDamage {
  readonly damage: string;
}

/** The bytes [start, end) of an archive. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

const block = 512;
const whole = (bytes: number): number => Math.ceil(bytes / block) * block;

/** Longest extended header: a name in it, not a file of its own. */
const mostExtended = 1 << 20;

/**
 * The files of a tar of so many bytes, in order, their contents left where they are; then, where it is cut short or no tar, its damage.
 *
 * Long and international names are read in the forms of POSIX (pax) and of GNU; folders, links and devices are passed over.
 */
export async function* tarMembers(read: ReadRange, bytes: number): AsyncGenerator<TarMember | TarDamage, void, undefined> {
  let extended: HeaderData | undefined;
  let global: HeaderData | undefined;
  for (let at = 0; at + block <= bytes;) {
    const header = headerOf(await read(at, at + block), extended, global);
    if (header?.nullBlock === true) return;
    if (header?.cksumValid !== true) return yield { damage: `what lies at byte ${at} is no header of a member` };
    const [start, size] = [at + block, header.size ?? 0];
    const name = extended?.path ?? header.path ?? '';   // the name of an extended header is whole, whatever stands in the header's own fields
    if (start + size > bytes) return yield { damage: `it ends at byte ${bytes}, inside ${name}, which would end at byte ${start + size}` };
    at = start + whole(size);
    const text = async (): Promise<string> => Buffer.from(await read(start, start + size)).toString('utf8');
    const { type } = header;
    if (type === 'ExtendedHeader' || type === 'GlobalExtendedHeader' || type === 'OldExtendedHeader' || type === 'NextFileHasLongPath' || type === 'OldGnuLongPath') {
      if (size > mostExtended) return yield { damage: `the header at byte ${start - block} claims a name of ${size} bytes` };
      if (type === 'GlobalExtendedHeader') global = Pax.parse(await text(), global, true);
      else if (type === 'NextFileHasLongPath' || type === 'OldGnuLongPath') extended = { ...extended, path: (await text()).replace(/\0.*$/s, '') };
      else extended = Pax.parse(await text(), extended, false);
    } else if (type !== 'NextFileHasLongLinkpath') {
      if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile') yield { name, offset: start, bytes: size };
      extended = undefined;
    }
  }
  yield { damage: `it ends at byte ${bytes} without the mark that ends an archive` };
}

function headerOf(data: Uint8Array, extended: HeaderData | undefined, global: HeaderData | undefined): Header | undefined {
  try {
    return new Header(Buffer.from(data), 0, extended, global);
  } catch {
    return undefined;   // numbers that are none
  }
}
