/** Longest label that is kept, in characters: a class or a caption, not a document. */
const mostCharacters = 200;

/** A value of a data set as a label: one line of text; undefined where it says nothing. */
export function labelText(value: unknown): string | undefined {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const parts = Array.from(value as ArrayLike<unknown>, labelText).filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : labelText(parts.join(', '));
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') return undefined;
  const text = String(value).replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return text === '' ? undefined : Buffer.from([...text].slice(0, mostCharacters).join('')).toString();   // halves of a surrogate pair are no text
}
