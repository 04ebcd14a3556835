import { intOr } from '../../attribute.js';
import { defineChange, without } from '../op-change.js';

/** Opset 7 brought numpy's broadcasting; before, the second input was placed at `axis` of the first. */
export const legacyBroadcast = defineChange({
  ops: ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Greater', 'Less', 'Equal'],
  since: 7,
  upgrade: (node, { rankOf, emit, ints, refuse }) => {
    const plain = { ...node, attrs: without(node.attrs, 'axis', 'broadcast') };
    if (intOr(node.attrs, 'broadcast', 0) === 0 || node.attrs['axis'] === undefined) return [plain];
    const [a, b] = [rankOf(node.inputs[0]), rankOf(node.inputs[1])];
    if (a === undefined || b === undefined) throw refuse(node, 'its inputs are broadcast by axis, and how many axes they have cannot be told');
    const axis = intOr(node.attrs, 'axis', 0);
    const trailing = a - (axis < 0 ? axis + a : axis) - b;
    if (trailing <= 0) return [plain];
    // A shape with zeros keeps the dimensions that are there, then come ones.
    const wide = emit('Reshape', [node.inputs[1]!, ints([...Array.from({ length: b }, () => 0), ...Array.from({ length: trailing }, () => 1)])]);
    return [wide, { ...plain, inputs: [node.inputs[0]!, wide.outputs[0]!] }];
  },
});
