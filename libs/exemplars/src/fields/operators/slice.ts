import { normalAxis, toNumbers } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

export const slice = defineField({
  ops: ['Slice'],
  steps: ({ node, input, output, constant }, index) => {
    const numbers = (at: number): readonly number[] | undefined => { const value = constant(at); return value === undefined ? undefined : toNumbers(value); };
    const starts = numbers(1);
    if (index !== 0 || starts === undefined) return undefined;
    const [x, y] = [input(0), output(0)];
    const axes = numbers(3) ?? starts.map((_, i) => i);
    const steps = numbers(4) ?? starts.map(() => 1);
    if (['3', '4'].some((at) => (node.inputs[Number(at)] ?? '') !== '' && constant(Number(at)) === undefined)) return undefined;
    return [x.map((size, axis): Reads => {
      const at = axes.findIndex((candidate) => normalAxis(candidate, x.length) === axis);
      if (at === -1) return same(axis);
      const step = steps[at]!;
      const from = starts[at]! < 0 ? starts[at]! + size : starts[at]!;
      const start = Math.min(Math.max(from, 0), step < 0 ? size - 1 : size);
      return { kind: 'places', to: axis, length: y[axis]!, places: (p) => [start + p * step], line: { stride: step, first: start, reach: 0 } };
    })];
  },
});
