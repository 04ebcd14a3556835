import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { FieldPath } from './field-path.js';

export interface Place {
  readonly line: number;
  readonly column: number;
}
export interface SyntaxProblem extends Place {
  readonly problem: string;
}

/** A YAML or JSON text with the place of each field. */
export interface SpecSource {
  readonly value: unknown;
  readonly syntaxProblems: readonly SyntaxProblem[];
  /** Where a field's value stands; for a field that is missing, the nearest thing that holds it. */
  placeOf(path: FieldPath): Place;
  /** Where the key of a field stands. */
  placeOfKey(path: FieldPath): Place;
}

/** Reads YAML 1.2, of which JSON is a part. */
export function readSpecSource(text: string): SpecSource {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxProblems = document.errors.map((error) => ({ ...place(error.pos[0]), problem: firstLine(error.message) }));
  if (syntaxProblems.length > 0) return { value: undefined, syntaxProblems, placeOf: () => place(0), placeOfKey: () => place(0) };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or one that unfolds without end: yaml finds these only here and gives no place.
    const problem = error instanceof Error ? firstLine(error.message) : String(error);
    return { value: undefined, syntaxProblems: [{ ...place(0), problem }], placeOf: () => place(0), placeOfKey: () => place(0) };
  }
  return {
    value,
    syntaxProblems,
    placeOf: (path) => place(offsetOfValue(document, path)),
    placeOfKey: (path) => place(offsetOfKey(document, path) ?? offsetOfValue(document, path)),
  };
}

function offsetOfValue(document: Document.Parsed, path: FieldPath): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
    // A key with nothing behind it: `steps:`.
    const key = offsetOfKey(document, path.slice(0, length));
    if (key !== undefined) return key;
  }
  return document.contents?.range?.[0] ?? 0;
}

function offsetOfKey(document: Document.Parsed, path: FieldPath): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  if (isSeq(parent) || !isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(name));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line === '' ? text : line[0]!.toLowerCase() + line.slice(1);
}
