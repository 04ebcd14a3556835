import { type GraphBuilder, stringOr, toNumbers } from '@neuron-atlas/onnx';

const always = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Exp', 'Abs', 'Sqrt', 'Softmax', 'Softplus', 'ReduceL2', 'ReduceSumSquare']);
const whenItsInputIs = new Set(['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Identity', 'Reshape', 'Flatten', 'Transpose', 'Squeeze',
  'Unsqueeze', 'Slice', 'Gather', 'Expand', 'Tile', 'Dropout', 'LRN', 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'DepthToSpace', 'SpaceToDepth']);
const whenAllInputsAre = new Set(['Concat', 'Add', 'Mul', 'Sum', 'Mean', 'Min']);

/** Whether no element of a value can be negative, as far as the operators before it tell; remembers its answers. */
export function nonNegativity(g: GraphBuilder): (name: string) => boolean {
  const known = new Map<string, boolean>();
  const ask = (name: string): boolean => {
    const answer = known.get(name);
    if (answer !== undefined) return answer;
    const found = judge(name);
    known.set(name, found);
    return found;
  };
  const judge = (name: string): boolean => {
    const constant = g.constantOf(name);
    if (constant !== undefined) return constant.dtype !== 'string' && constant.source?.kind !== 'nodes' && toNumbers(constant).every((x) => x >= 0);
    const node = g.producer(name);
    if (node === undefined || node.domain !== '') return false;
    if (always.has(node.op)) return true;
    if (whenItsInputIs.has(node.op)) return ask(node.inputs[0]!);
    if (whenAllInputsAre.has(node.op)) return node.inputs.every((input) => ask(input));
    if (node.op === 'Max') return node.inputs.some((input) => ask(input));
    if (node.op === 'Clip') return node.inputs[1] !== undefined && node.inputs[1] !== '' && ask(node.inputs[1]);
    if (node.op === 'Pad') return ask(node.inputs[0]!) && (stringOr(node.attrs, 'mode', 'constant') !== 'constant' || node.inputs[2] === undefined || node.inputs[2] === '' || ask(node.inputs[2]));
    return false;
  };
  return ask;
}
