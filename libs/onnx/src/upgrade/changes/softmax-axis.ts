import { int, intOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 13 made these work along one axis; before, they worked along `axis` and all axes after it as one. */
export const softmaxAxis = defineChange({
  ops: ['Softmax', 'LogSoftmax', 'Hardmax'],
  since: 13,
  upgrade: (node, { emit, rankOf }) => {
    const axis = intOr(node.attrs, 'axis', 1);
    const rank = rankOf(node.inputs[0]);
    if (axis === -1 || axis + 1 === rank) return [{ ...node, attrs: { axis: int(-1) } }];
    const shape = emit('Shape', [node.inputs[0]!]);
    const flat = emit('Flatten', [node.inputs[0]!], { axis: int(axis) });
    const done = emit(node.op, [flat.outputs[0]!], { axis: int(-1) });
    return [shape, flat, done, emit('Reshape', [done.outputs[0]!, shape.outputs[0]!], {}, node.outputs[0]!)];
  },
});
