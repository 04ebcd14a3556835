import { ofMessage } from '../mutation.js';
import { nodesOf } from '../places.js';

const operators = [
  'Relu', 'Sigmoid', 'Neg', 'Abs', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Floor', 'Erf', 'Softmax', 'LogSoftmax', 'Identity', 'Dropout', 'Flatten', 'Transpose', 'Shape', 'Size', 'NonZero', 'Add', 'Mul', 'Sub', 'Div', 'Pow', 'Max',
  'Min', 'Where', 'MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'LpPool', 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'LRN',
  'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceProd', 'ReduceL2', 'ReduceLogSumExp', 'Reshape', 'Expand', 'Tile', 'Pad', 'Slice', 'Split', 'Concat', 'Gather', 'GatherElements', 'GatherND', 'ScatterND', 'Squeeze', 'Unsqueeze', 'Resize',
  'Upsample', 'GridSample', 'DepthToSpace', 'SpaceToDepth', 'CumSum', 'TopK', 'Einsum', 'Cast', 'QuantizeLinear', 'DequantizeLinear', 'Loop', 'Scan', 'If', 'SequenceConstruct', 'Optional', 'StringNormalizer', 'Compress', 'Unique',
  'NonMaxSuppression', 'RandomNormal', 'Bernoulli', 'ConstantOfShape', 'Range', 'EyeLike', 'OneHot', 'Det', 'LSTM', 'RoiAlign', 'MaxUnpool', 'Gelu', 'FusedConv', 'Attention', 'NoSuchOperator',
];
const domains = ['', 'ai.onnx', 'com.microsoft', 'ai.onnx.ml', 'custom', 'own'];

export const operatorsSwapped = ofMessage('operators-swapped', 'One to three nodes are of another operator or of another domain.', (model, draw) => {
  for (let left = draw.between(1, 3); left > 0; left--) {
    const node = draw.of(nodesOf(model));
    if (draw.below(5) === 0) node.domain = draw.of(domains);
    else node.opType = draw.of(operators);
  }
});
