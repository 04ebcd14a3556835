import { i64, toNumbers } from '@neuron-atlas/onnx';
import type { Repair } from './repair.js';

const farthest = 2 ** 31 - 1;

/** Slice backwards begins at another element where it does not begin at the last: first what it takes is cut out, then turned round. */
export const sliceSteps: Repair = {
  op: 'Slice',
  repair(node, { known, constant, emit }) {
    const [x, , , axes = ''] = node.inputs as [string, ...string[]];
    const [starts, ends, steps] = [node.inputs[1], node.inputs[2], node.inputs[4]].map((name) => {
      const value = known(name);
      return value === undefined ? undefined : toNumbers(value);
    });
    if (starts === undefined || ends === undefined || steps === undefined) return undefined;
    const turned = steps.map((step) => step < 0);
    if (!turned.some((back, i) => back && starts[i] !== -1 && starts[i]! < farthest)) return undefined;
    const list = (values: readonly number[]): string => constant(i64([values.length], values));
    // The element after one; −1 is the last, and what comes after it is the end.
    const after = (index: number): number => (index === -1 ? farthest : Math.min(index, farthest - 1) + 1);
    const forwards = (value: readonly number[], other: readonly number[]): string => list(value.map((own, i) => (turned[i]! ? after(other[i]!) : own)));
    const cut = emit('Slice', [x, forwards(starts, ends), forwards(ends, starts), axes, list(steps.map((step) => Math.max(step, 1)))]);
    return { ...node, inputs: [cut, list(turned.map((back) => (back ? -1 : 0))), list(turned.map((back) => (back ? -farthest : farthest))), axes, list(steps.map((step) => Math.min(step, 1)))] };
  },
};
