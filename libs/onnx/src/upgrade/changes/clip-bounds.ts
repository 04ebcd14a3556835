import { floatOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';
import { scalarLike } from '../scalar-like.js';

/** The bound that says "none" in files whose exporter wrote every attribute. */
const largest = 3.4028234663852886e38;

/** Opset 11 made min and max of Clip inputs. */
export const clipBounds = defineChange({
  ops: ['Clip'],
  since: 11,
  upgrade: (node, context) => {
    const [low, high] = [floatOr(node.attrs, 'min', -largest), floatOr(node.attrs, 'max', largest)];
    const bound = (value: number, none: boolean): string => (none ? '' : context.constant(scalarLike(value, context.dtypeOf(node.inputs[0]))));
    const inputs = [node.inputs[0]!, bound(low, low <= -largest), bound(high, high >= largest)];
    while (inputs.at(-1) === '') inputs.pop();
    return [{ ...node, inputs, attrs: {} }];
  },
});
