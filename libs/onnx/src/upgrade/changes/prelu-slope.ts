import { defineChange } from '../op-change.js';

/** Opset 7 broadcasts the slope of PRelu as numpy does; before, f32[C] was one slope a channel. */
export const preluSlope = defineChange({
  ops: ['PRelu'],
  since: 7,
  upgrade: (node, { constantOf, rankOf, emit, ints }) => {
    const slope = constantOf(node.inputs[1]);
    const rank = rankOf(node.inputs[0]) ?? 4;
    if (slope?.shape.length !== 1 || slope.shape[0] === 1 || rank <= 2) return [node];
    const wide = emit('Reshape', [node.inputs[1]!, ints([-1, ...Array.from({ length: rank - 2 }, () => 1)])]);
    return [wide, { ...node, inputs: [node.inputs[0]!, wide.outputs[0]!] }];
  },
});
