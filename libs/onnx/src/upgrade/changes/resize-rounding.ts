import { string, stringOr } from '../../attribute.js';
import { f32, toNumbers } from '../../tensor.js';
import { defineChange } from '../op-change.js';

/**
 * Opset 11 made Resize say where it samples; before, it sampled at i / scale and took the value below, or, along axes
 * that shrink, the one above.
 */
export const resizeRounding = defineChange({
  ops: ['Resize'],
  since: 11,
  upgrade: (node, { emit, constant, constantOf }) => {
    const mode = stringOr(node.attrs, 'mode', 'nearest');
    const attrs = (rounding: string) => ({ mode: string(mode), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string(rounding) });
    const scales = constantOf(node.inputs[1]);
    const factors = scales === undefined ? [] : toNumbers(scales);
    const shrinks = factors.some((factor) => factor < 1);
    if (mode !== 'nearest' || !shrinks || !factors.some((factor) => factor > 1)) {
      return [{ ...node, inputs: [node.inputs[0]!, '', node.inputs[1]!], attrs: attrs(shrinks ? 'ceil' : 'floor') }];
    }
    const only = (keep: (factor: number) => boolean): string => constant(f32([factors.length], factors.map((factor) => (keep(factor) ? factor : 1))));
    const grown = emit('Resize', [node.inputs[0]!, '', only((factor) => factor > 1)], attrs('floor'));
    return [grown, emit('Resize', [grown.outputs[0]!, '', only((factor) => factor < 1)], attrs('ceil'), node.outputs[0]!)];
  },
});
