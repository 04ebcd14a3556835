import { floatOr, intOr } from '../../attribute.js';
import { tensor } from '../../tensor.js';
import { defineChange, without } from '../op-change.js';

/** Opset 9 ended `spatial = 0` of BatchNormalization: statistics of every place, f32[C, H, W], not of every channel. */
export const batchNormalizationSpatial = defineChange({
  ops: ['BatchNormalization'],
  since: 9,
  upgrade: (node, { emit, constant, dtypeOf, rankOf, isRead, refuse }) => {
    if (intOr(node.attrs, 'spatial', 1) === 1 || rankOf(node.inputs[1]) === 1) return [{ ...node, attrs: without(node.attrs, 'spatial') }];
    if (node.outputs.slice(1).some(isRead)) throw refuse(node, 'it gives out training statistics');
    if (dtypeOf(node.inputs[0]) === 'f16') throw refuse(node, 'it has statistics of every place in float16');
    // y = (x − μ) / √(σ² + ε) · γ + β, one place at a time
    const [x, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
    const centred = emit('Sub', [x, mean]);
    const widened = emit('Add', [variance, constant(tensor('f32', [], Float32Array.of(floatOr(node.attrs, 'epsilon', 1e-5))))]);
    const deviation = emit('Sqrt', [widened.outputs[0]!]);
    const unit = emit('Div', [centred.outputs[0]!, deviation.outputs[0]!]);
    const scaled = emit('Mul', [unit.outputs[0]!, scale]);
    return [centred, widened, deviation, unit, scaled, emit('Add', [scaled.outputs[0]!, shift], {}, node.outputs[0]!)];
  },
});
