import { type Attributes, cropsBySame, int, intOr, ints, intsOr, type Node, string, windowGeometry } from '@neuron-atlas/onnx';
import { biasGradient } from '../bias-gradient.js';
import { convInputGradient, convPhases } from '../conv-input-gradient.js';
import { convWeightGradient } from '../conv-weight-gradient.js';
import { errors } from '../errors.js';
import { inputChannels } from '../kernel-constants.js';
import { fewChannels, staysPlain } from '../reentry.js';
import { defineVjp, type Example } from '../rule.js';

export const conv = defineVjp({
  op: 'Conv',
  since: [11, 22],
  inputs: ['x', 'w', 'b?'],
  outputs: ['y'],
  vjp: ({ g, node, attrs, inputs: { x, w }, grads, around }) => {
    const spatial = x.shape.slice(2);
    const geometry = windowGeometry(attrs, spatial, w.shape.slice(2));
    if (cropsBySame(attrs, geometry, spatial)) throw errors.unsupported({ op: node.op, node: node.name, reason: 'its strides are longer than its kernel, and auto_pad does not say what is left out' });
    const group = intOr(attrs, 'group', 1);
    return {
      x: () => convInputGradient(g, { dy: grads.y, w, known: around.constant(w), geometry, group, spatial, plain: staysPlain(x, around) }),
      w: () => convWeightGradient(g, { x, dy: grads.y, geometry, group }),
      b: () => biasGradient(g, grads.y),
    };
  },
  // A convolution per part with its share of the kernel: no slice, and no way out of the blocked layout and back.
  inParts: ({ g, attrs, inputs: { x, w }, grads, around }, sizes) => {
    const known = around.constant(w);
    if (known === undefined || intOr(attrs, 'group', 1) !== 1) return undefined;
    const spatial = x.shape.slice(2);
    const geometry = windowGeometry(attrs, spatial, w.shape.slice(2));
    let end = 0;
    return sizes.map((size) => {
      const share = inputChannels(known, end, end += size);
      return convInputGradient(g, { dy: grads.y, w: g.constant(share), known: share, geometry, group: 1, spatial, plain: false });
    });
  },
  // A block's shortcut of 1 × 1 and its first convolution read one value with one stride: their phases are added, and put together once.
  inPhases: ({ g, attrs, inputs: { x, w }, grads, around }) => {
    const strides = stridesOf(attrs);
    const known = around.constant(w);
    if (known === undefined || strides.every((stride) => stride === 1) || x.shape.length !== 4 || x.shape[1]! < fewChannels || intOr(attrs, 'group', 1) !== 1) return undefined;
    const alike = (other: Node): boolean => other.op === 'Conv' && other.domain === '' && other.inputs[0] === x.name && intOr(other.attrs, 'group', 1) === 1
      && stridesOf(other.attrs).join() === strides.join() && around.constant(around.value(other.inputs[1]!)) !== undefined;
    const readers = around.consumers(x);
    const some = readers.filter((other) => alike(other) && around.value(other.inputs[1]!)!.shape.slice(2).some((k) => k > 1));
    if (some.length === 0 || readers.filter(alike).length < 2) return undefined;
    const spatial = x.shape.slice(2);
    const geometry = windowGeometry(attrs, spatial, w.shape.slice(2));
    if (cropsBySame(attrs, geometry, spatial)) return undefined;
    return { strides, parts: convPhases(g, { dy: grads.y, w, known, geometry, group: 1, spatial, plain: false }, known) };
  },
  examples: [
    ...both({ shapes: [[2, 3, 5, 6], [4, 3, 3, 3], [4]], attrs: { pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[2, 3, 7, 8], [4, 3, 3, 3]], attrs: { pads: ints([1, 0, 2, 1]), strides: ints([2, 2]) } }),
    ...both({ shapes: [[1, 16, 9, 7], [16, 16, 3, 3]], attrs: { pads: ints([1, 1, 1, 1]), strides: ints([2, 2]) } }),
    ...both({ shapes: [[1, 16, 8, 7], [8, 16, 3, 3]], attrs: { strides: ints([2, 2]) } }),
    ...both({ shapes: [[1, 9, 11, 11], [8, 9, 5, 5]], attrs: { pads: ints([2, 2, 2, 2]), strides: ints([3, 2]) } }),
    ...both({ shapes: [[2, 8, 6, 6], [4, 8, 1, 1]], attrs: { strides: ints([2, 2]) } }),
    ...both({ shapes: [[2, 4, 6, 5], [6, 2, 3, 2]], attrs: { group: int(2), pads: ints([0, 1, 1, 0]) } }),
    ...both({ shapes: [[1, 8, 9, 9], [16, 4, 3, 3]], attrs: { group: int(2), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[1, 6, 7, 7], [6, 1, 3, 3]], attrs: { group: int(6), pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[1, 6, 8, 7], [6, 1, 3, 3]], attrs: { group: int(6), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[1, 3, 7, 7], [6, 1, 3, 3]], attrs: { group: int(3), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[1, 2, 9, 9], [3, 2, 3, 3]], attrs: { dilations: ints([2, 2]), pads: ints([2, 1, 2, 3]) } }),
    ...both({ shapes: [[1, 8, 10, 9], [3, 8, 3, 3]], attrs: { dilations: ints([2, 2]), strides: ints([2, 2]), pads: ints([2, 2, 2, 2]) } }),
    ...both({ shapes: [[1, 2, 5, 5], [3, 2, 2, 2]], attrs: { pads: ints([2, 2, 2, 2]) } }),
    ...both({ shapes: [[1, 2, 7, 6], [3, 2, 3, 3]], attrs: { auto_pad: string('SAME_UPPER'), strides: ints([2, 2]) } }),
    ...both({ shapes: [[1, 2, 6, 7], [3, 2, 2, 2]], attrs: { auto_pad: string('SAME_LOWER') } }),
    ...both({ shapes: [[1, 2, 6, 7], [3, 2, 1, 1]], attrs: { auto_pad: string('SAME_UPPER'), strides: ints([2, 2]) } }),
    ...both({ shapes: [[1, 2, 8, 7], [3, 2, 1, 1]], attrs: { auto_pad: string('SAME_LOWER'), strides: ints([3, 2]) } }),
    ...both({ shapes: [[2, 8, 6, 8], [4, 8, 4, 4]], attrs: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } }),
    ...both({ shapes: [[1, 8, 7, 9], [4, 8, 3, 2]], attrs: { strides: ints([1, 2]) } }),
    ...both({ shapes: [[1, 5, 34, 34], [2, 5, 3, 3]] }),
    ...both({ shapes: [[2, 3, 9], [4, 3, 3], [4]], attrs: { strides: ints([2]) } }),
    ...both({ shapes: [[2, 8, 9], [4, 8, 3]], attrs: { strides: ints([2]), pads: ints([1, 1]) } }),
    ...both({ shapes: [[1, 2, 4, 5, 4], [3, 2, 2, 3, 2], [3]], attrs: { strides: ints([1, 2, 1]), pads: ints([0, 1, 1, 1, 1, 0]) } }),
    ...both({ shapes: [[1, 8, 4, 5, 4], [3, 8, 3, 3, 3], [3]], attrs: { strides: ints([2, 2, 2]), pads: ints([1, 1, 1, 1, 1, 1]) } }),
  ] as unknown as readonly [Example, ...Example[]],
});

const stridesOf = (attrs: Attributes): readonly number[] => intsOr(attrs, 'strides', [1, 1]);

/** Each case with a kernel that is known while building, as a model's is, and one that is not, as in training. */
function both(example: Example): Example[] {
  return [{ ...example, fixed: ['w', 'b'] }, example];
}
