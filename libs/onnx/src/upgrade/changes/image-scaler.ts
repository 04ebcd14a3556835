import { floatOr } from '../../attribute.js';
import { f32 } from '../../tensor.js';
import { defineChange } from '../op-change.js';

/** ImageScaler, an experimental operator of early converters, ended with opset 10: y = scale · x + bias, a bias a channel. */
export const imageScaler = defineChange({
  ops: ['ImageScaler'],
  since: 10,
  upgrade: (node, { emit, constant }) => {
    const bias = node.attrs['bias']?.type === 'floats' ? node.attrs['bias'].value : [];
    const scaled = emit('Mul', [node.inputs[0]!, constant(f32([], [floatOr(node.attrs, 'scale', 1)]))], {}, bias.length === 0 ? node.outputs[0]! : undefined);
    if (bias.length === 0) return [scaled];
    return [scaled, emit('Add', [scaled.outputs[0]!, constant(f32([bias.length, 1, 1], bias))], {}, node.outputs[0]!)];
  },
});
