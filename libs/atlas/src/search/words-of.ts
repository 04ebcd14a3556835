/** Longest term that is kept, in characters. */
const mostCharacters = 64;

/** The words of a text as they are searched: letters and digits without accents, in lower case. */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().normalize('NFKC');
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => [...word].slice(0, mostCharacters).join(''));
}

/** A label of more words than this is a caption: its words are searched, not the whole of it. */
const mostPhraseWords = 5;

/**
 * What a sample is found by: the words of its label and, where these are few, all of it; the words of its name, without its ending,
 * the archive it lies in and the number of its row.
 */
export function termsOf(sampleId: string, label: string | null): ReadonlySet<string> {
  const labelled = wordsOf(label ?? '');
  const name = sampleId.replace(/^.*\.tar\//i, '').replace(/^.*\.parquet(#\d+)?$/i, '').replace(/\.[a-z0-9]{1,5}$/i, '');
  const phrase = labelled.length > 1 && labelled.length <= mostPhraseWords ? [[...labelled.join(' ')].slice(0, mostCharacters).join('')] : [];
  return new Set([...labelled, ...phrase, ...wordsOf(name)]);
}

/** The order of terms: that of their UTF-8 bytes, as other readers of the table have it. */
export function compareTerms(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return inBytes(x) - inBytes(y);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for characters behind all others. */
const inBytes = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
