import { int, ints, tensorAttribute } from '../attribute.js';
import { dtypeCode } from '../dtype.js';
import { f32 } from '../tensor.js';
import type { RewriteContext } from './op-rewrite.js';

/** What attention is computed from, once the heads lie apart: q, k, v of [N, heads, tokens, features of a head]. */
export interface Heads {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  /** @default 1/√(features of a head) */
  readonly scale?: number | undefined;
  /** Added to the scores; broadcasts to [N, heads, tokens of q, tokens of k]. */
  readonly bias?: string | undefined;
  /** Of bool, true where a token may be looked at. */
  readonly mask?: string | undefined;
  readonly causal?: boolean;
  /** Scores are held within ±this by a tanh. */
  readonly softcap?: number;
}

/** softmax(q·kᵀ·scale + bias)·v, still with the heads apart; the last node makes `output`. */
export function attentionCore(context: RewriteContext, { q, k, v, scale, bias, mask, causal = false, softcap = 0 }: Heads, output?: string): string {
  const { write, scalar, dtypeOf } = context;
  const turned = write('Transpose', [k], { perm: ints([0, 1, 3, 2]) });
  const scaled = scale === undefined
    ? write('Div', [q, write('Sqrt', [write('Cast', [write('Shape', [q], { start: int(3) })], { to: int(dtypeCode[dtypeOf(q) ?? 'f32']) })])])
    : write('Mul', [q, scalar(scale, q)]);
  let scores = write('MatMul', [scaled, turned]);
  const never = scalar(-Infinity, q);
  if (softcap > 0) scores = write('Mul', [write('Tanh', [write('Div', [scores, scalar(softcap, q)])]), scalar(softcap, q)]);
  if (bias !== undefined) scores = write('Add', [scores, bias]);
  if (mask !== undefined) scores = write('Where', [mask, scores, never]);
  if (causal) {
    // A row for each token of q, in which the tokens of k up to it are 1.
    const ones = write('ConstantOfShape', [write('Shape', [scores], { start: int(2) })], { value: tensorAttribute(f32([1], [1])) });
    const past = write('Cast', [write('Trilu', [ones], { upper: int(0) })], { to: int(dtypeCode.bool) });
    scores = write('Where', [past, scores, never]);
  }
  return write('MatMul', [write('Softmax', [scores], { axis: int(-1) }), v], {}, output);
}

/** [N, tokens, heads · features] as [N, heads, tokens, features]. */
export const headsApart = ({ write, ints: list }: RewriteContext, x: string, heads: number): string =>
  write('Transpose', [write('Reshape', [x, list([0, 0, heads, -1])])], { perm: ints([0, 2, 1, 3]) });

/** And back again. */
export const headsTogether = ({ write, ints: list }: RewriteContext, x: string, output?: string): string =>
  write('Reshape', [write('Transpose', [x], { perm: ints([0, 2, 1, 3]) }), list([0, 0, -1])], {}, output);
