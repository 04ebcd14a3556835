import { errors } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { messageFields, type ByteRange } from './message-fields.js';

/** What an attribute may have beside the raw bytes of a tensor. Lists of numbers come into memory at ten times their size and more. */
export const attributeLimitBytes = 16 * 2 ** 20;

/** Branches within branches: no exporter comes near it. */
const deepest = 64;

/**
 * Walks the nodes of a model file, functions and branches included, before any of it is decoded.
 *
 * Only tags and lengths are read: a file of a gigabyte is refused for a few kilobytes of it. Errors:
 * ONNX_ATTRIBUTE_TOO_LARGE, ONNX_MALFORMED.
 */
export function checkAttributes(source: ByteSource, file: string): void {
  const text = ({ start, end }: ByteRange): string =>
    new TextDecoder().decode(Uint8Array.from({ length: Math.min(200, end - start) }, (_, i) => source.byte(start + i)!));
  const named = (range: ByteRange, number: number): string => {
    for (const field of messageFields(source, range)) if (field.number === number) return text(field);
    return '';
  };
  const rawBytes = (tensor: ByteRange): number => {
    let raw = 0;
    for (const { number, start, end } of messageFields(source, tensor)) if (number === 9) raw += end - start;
    return raw;
  };
  const attribute = (range: ByteRange, node: ByteRange, depth: number): void => {
    let bytes = 0;
    for (const field of messageFields(source, range)) {
      const graphs = field.number === 6 || field.number === 11; // g, graphs
      if (graphs) nodes(field, 1, depth + 1);
      else bytes += field.end - field.start + 1 - (field.number === 5 ? rawBytes(field) : 0); // t; a tag has a byte, at least
      if (bytes > attributeLimitBytes) throw errors.attributeTooLarge({ file, attribute: named(range, 1), node: named(node, 3), op: named(node, 4), sizeBytes: range.end - range.start, limitBytes: attributeLimitBytes });
    }
  };
  const nodes = (message: ByteRange, nodeField: number, depth: number): void => {
    if (depth > deepest) throw errors.malformed({ file, reason: `its branches lie more than ${deepest} deep in each other` });
    for (const node of messageFields(source, message)) {
      if (node.number !== nodeField) continue;
      for (const field of messageFields(source, node)) if (field.number === 5) attribute(field, node, depth);
    }
  };
  for (const field of messageFields(source, { start: 0, end: source.length })) {
    if (field.number === 7) nodes(field, 1, 0);       // graph
    else if (field.number === 25) nodes(field, 7, 0); // functions
  }
}
