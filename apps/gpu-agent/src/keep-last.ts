/**
 * Opens a thing by name and gives the same one again while the name stays the same.
 *
 * An S3 store has connections of its own; the shards of a sweep all go to one.
 */
export function keepLast<T>(open: (name: string) => Promise<T>): (name: string) => Promise<T> {
  let last: { readonly name: string; readonly thing: T } | undefined;
  return async (name) => {
    if (last?.name !== name) last = { name, thing: await open(name) };
    return last.thing;
  };
}
