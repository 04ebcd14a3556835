/** What is known of a field of a command's JSON, such as `layers[].id`. */
export interface JsonField {
  /** The kinds of value that were met there: text, number, yes/no, list, object, null. */
  readonly kinds: ReadonlySet<string>;
  /** Whether an object that could have it was met without it. */
  readonly isOptional: boolean;
}

/** Fields whose content is somebody else's: how a picture was made, settings of a plug-in, a recipe of settings, an error's own facts, a training's groups of answers. */
const opaque: ReadonlySet<string> = new Set(['provenance', 'params', 'settings', 'details', 'default', 'agreement']);

/** The fields of documents, added up. */
export function shapeOf(documents: readonly unknown[]): ReadonlyMap<string, JsonField> {
  const kinds = new Map<string, Set<string>>();
  /** Objects met at a path, and how often each of their fields was there. */
  const objects = new Map<string, number>();
  const present = new Map<string, { readonly parent: string; count: number }>();
  const meet = (path: string, value: unknown): void => {
    const kind = Array.isArray(value) ? 'list' : value === null ? 'null' : { string: 'text', number: 'number', boolean: 'yes/no', object: 'object' }[typeof value as string]!;
    kinds.set(path, (kinds.get(path) ?? new Set()).add(kind));
    if (Array.isArray(value)) for (const item of value) meet(`${path}[]`, item);
    if (kind !== 'object' || opaque.has(path.split('.').at(-1)!.replace(/(\[\])+$/, ''))) return;
    objects.set(path, (objects.get(path) ?? 0) + 1);
    for (const [name, item] of Object.entries(value as object)) {
      const field = path === '' ? name : `${path}.${name}`;
      const entry = present.get(field) ?? { parent: path, count: 0 };
      entry.count++;
      present.set(field, entry);
      meet(field, item);
    }
  };
  for (const document of documents) meet('', document);
  return new Map([...kinds].map(([path, found]) => {
    const entry = present.get(path);
    return [path, { kinds: found, isOptional: entry !== undefined && entry.count < objects.get(entry.parent)! }];
  }));
}

/** What a page promises of a command: lines of `path  kinds`, a `?` behind a field that may be absent; the document itself is `.`. */
export function parseShape(text: string): ReadonlyMap<string, JsonField> {
  return new Map(text.trim().split('\n').map((line) => {
    const [path = '', kinds = ''] = line.split(/ {2,}/);
    return [path.replace(/\?$/, '').replace(/^\./, ''), { kinds: new Set(kinds.split(' | ')), isOptional: path.endsWith('?') }];
  }));
}
