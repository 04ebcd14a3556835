import { type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';
import { indices } from './indices.js';
import { reentry } from './reentry.js';

/**
 * Puts phases together: element u of phase r along an axis comes to place u·stride + r.
 *
 * `phases` holds, by `phaseKey`, tensors [N, C, …Q]; absent ones are zero. The result is [N, C, …Q·stride], which may be
 * more than the whole has. Concat takes a quarter of the time that DepthToSpace or a 6-D Transpose needs.
 */
export function interleave(g: GraphBuilder, phases: ReadonlyMap<string, Value>, strides: readonly number[]): Value {
  const some = [...phases.values()][0]!;
  const rank = strides.length;
  let level = new Map<string, Value>(indices(strides).map((phase) => [phaseKey(phase), phases.get(phaseKey(phase)) ?? filled(g, some, 0)]));
  for (let axis = rank - 1; axis >= 0; axis--) {
    const stride = strides[axis]!;
    const next = new Map<string, Value>();
    for (const head of indices(strides.slice(0, axis))) {
      const parts = Array.from({ length: stride }, (_, r) => level.get(phaseKey([...head, r]))!);
      const shape = parts[0]!.shape;
      const at = axis + 2;
      // [.., Q, rest] each to [.., Q, 1, rest], side by side [.., Q, stride, rest], together [.., Q·stride, rest]
      const apart = [...shape.slice(0, at + 1), 1, ...shape.slice(at + 1)];
      const together = [...shape.slice(0, at), shape[at]! * stride, ...shape.slice(at + 1)];
      next.set(phaseKey(head), stride === 1 ? parts[0]! : g.reshape(g.concat(parts.map((part) => g.reshape(part, apart)), at + 1), together));
    }
    level = next;
  }
  return level.get(phaseKey([]))!;
}

/** `interleave`, cut off at the size of the whole and brought back into the blocked layout. */
export const interleaved = (g: GraphBuilder, phases: ReadonlyMap<string, Value>, strides: readonly number[], spatial: readonly number[], plain: boolean): Value =>
  strides.every((stride) => stride === 1) ? interleave(g, phases, strides) : reentry(g, interleave(g, phases, strides), spatial, plain);

export const phaseKey = (phase: readonly number[]): string => phase.join();

export const modulo = (a: number, n: number): number => ((a % n) + n) % n;
