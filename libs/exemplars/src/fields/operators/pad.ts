import { normalAxis, stringOr, toNumbers } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

export const pad = defineField({
  ops: ['Pad'],
  steps: ({ node, attrs, input, output, constant }, index) => {
    const [pads, given] = [constant(1), constant(3)];
    const axesGiven = (node.inputs[3] ?? '') !== '';
    if (index !== 0 || pads === undefined || (axesGiven && given === undefined)) return undefined;
    const [x, y] = [input(0), output(0)];
    const axes = given === undefined ? x.map((_, axis) => axis) : toNumbers(given).map((axis) => normalAxis(axis, x.length));
    const widths = toNumbers(pads);
    const source = borders[stringOr(attrs, 'mode', 'constant')];
    if (source === undefined) return undefined;
    return [x.map((size, axis): Reads => {
      const at = axes.indexOf(axis);
      const [begin, end] = at === -1 ? [0, 0] : [widths[at]!, widths[at + axes.length]!];
      if (begin === 0 && end === 0) return same(axis);
      const places = (p: number): readonly number[] => {
        const place = p - begin;
        if (place >= 0 && place < size) return [place];
        const copied = source(place, size);
        return copied === undefined ? [] : [copied];
      };
      return { kind: 'places', to: axis, length: y[axis]!, places, line: { stride: 1, first: -begin, reach: 0 } };
    })];
  },
});

/** By mode: the element that a place outside is a copy of. */
const borders: Readonly<Record<string, (place: number, size: number) => number | undefined>> = {
  constant: () => undefined,
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  wrap: (place, size) => ((place % size) + size) % size,
  reflect: (place, size) => {
    const period = 2 * (size - 1);
    if (period === 0) return 0;
    const turned = ((place % period) + period) % period;
    return turned < size ? turned : period - turned;
  },
};
