import { broadcastReads } from '../reads.js';
import { defineField } from '../rule.js';

/** Operators whose output places see the same places of their inputs, broadcast where an input is smaller. */
export const elementwise = defineField({
  ops: [
    'Abs', 'Acos', 'Acosh', 'Add', 'And', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BatchNormalization', 'Cast', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'Div', 'Dropout', 'Elu',
    'Equal', 'Erf', 'Exp', 'Expand', 'Floor', 'Gelu', 'Greater', 'GreaterOrEqual', 'HardSigmoid', 'HardSwish', 'Identity', 'IsInf', 'IsNaN', 'LeakyRelu', 'Less', 'LessOrEqual', 'Log', 'Max',
    'Mean', 'Min', 'Mish', 'Mod', 'Mul', 'Neg', 'Not', 'Or', 'PRelu', 'Pow', 'Reciprocal', 'Relu', 'Round', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Softsign',
    'Sqrt', 'Sub', 'Sum', 'Tan', 'Tanh', 'ThresholdedRelu', 'Trilu', 'Where', 'Xor',
  ],
  steps: ({ input, output }, index) => [broadcastReads(input(index), output(0))],
});
