import { defineChange, without } from '../op-change.js';

/** Opset 6 ended `consumed_inputs`, a hint for in-place work. */
export const consumedInputs = defineChange({
  ops: [
    'Abs', 'Add', 'BatchNormalization', 'Ceil', 'Clip', 'Div', 'Dropout', 'Elu', 'Exp', 'Floor', 'HardSigmoid', 'InstanceNormalization', 'LeakyRelu', 'Log', 'Max', 'Mean',
    'Min', 'Mul', 'Neg', 'PRelu', 'Reciprocal', 'Relu', 'Selu', 'Sigmoid', 'Sqrt', 'Sub', 'Sum', 'Tanh', 'ThresholdedRelu',
  ],
  since: 6,
  upgrade: (node) => [{ ...node, attrs: without(node.attrs, 'consumed_inputs') }],
});
