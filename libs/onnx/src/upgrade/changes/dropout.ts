import { tensor } from '../../tensor.js';
import { tensorAttribute } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/**
 * Dropout does nothing to a network that is looked at: it becomes Identity, its mask all true.
 *
 * Opset 12 lets it be trained by an input; that alone stays as it is.
 */
export const dropout = defineChange({
  ops: ['Dropout'],
  since: Infinity,
  upgrade: (node, { constantOf, emit, isRead }) => {
    const [x, , training] = node.inputs;
    if (training !== undefined && training !== '' && constantOf(training)?.data[0] !== 0) return [node];
    const copy = emit('Identity', [x!], {}, node.outputs[0]!);
    if (!isRead(node.outputs[1])) return [copy];
    const shape = emit('Shape', [x!]);
    const mask = emit('ConstantOfShape', [shape.outputs[0]!], { value: tensorAttribute(tensor('bool', [1], Uint8Array.of(1))) }, node.outputs[1]!);
    return [copy, shape, mask];
  },
});
