import { intOr, intsOr } from '../attribute.js';
import type { DType } from '../dtype.js';
import { dtypeCode } from '../dtype.js';
import type { Graph, Node } from '../graph.js';

/** What is known of a value without running the graph. */
export interface Known {
  readonly rank?: number | undefined;
  readonly dtype?: DType | undefined;
}

/** Operators whose output has rank and type of their first input. */
const alike = new Set([
  'Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool', 'BatchNormalization', 'InstanceNormalization',
  'LayerNormalization', 'LRN', 'LpNormalization', 'MeanVarianceNormalization', 'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Sigmoid', 'HardSigmoid', 'HardSwish',
  'Tanh', 'Softplus', 'Softsign', 'ThresholdedRelu', 'Clip', 'Softmax', 'LogSoftmax', 'Hardmax', 'Abs', 'Neg', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Floor', 'Ceil', 'Round',
  'Sign', 'Erf', 'Sin', 'Cos', 'Identity', 'Dropout', 'Pad', 'Slice', 'Concat', 'Transpose', 'Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth', 'CumSum', 'Split', 'Tile',
  'Scatter', 'ScatterElements', 'ScatterND', 'ImageScaler', 'Gelu', 'Mish', 'Shrink', 'GroupNormalization', 'GridSample',
]);
const broadcasting = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Sum', 'Mean', 'And', 'Or', 'Xor', 'Greater', 'Less', 'Equal', 'GreaterOrEqual', 'LessOrEqual', 'Where']);
const predicates = new Set(['And', 'Or', 'Xor', 'Not', 'Greater', 'Less', 'Equal', 'GreaterOrEqual', 'LessOrEqual', 'IsNaN', 'IsInf']);
const dtypeByCode = new Map(Object.entries(dtypeCode).map(([name, code]) => [code as number, name as DType]));

/** Rank and element type of the values of a graph and of those around it, learnt node by node. */
export class Scope {
  readonly #known = new Map<string, Known>();
  readonly #outer: Scope | undefined;

  constructor(graph: Graph, outer?: Scope) {
    this.#outer = outer;
    for (const input of graph.inputs) this.#known.set(input.name, { rank: input.shape?.length, dtype: input.untyped === true ? undefined : input.dtype });
    for (const [name, value] of graph.initializers) this.#known.set(name, { rank: value.shape.length, dtype: value.dtype });
  }

  of(name: string | undefined): Known { return name === undefined || name === '' ? {} : this.#known.get(name) ?? this.#outer?.of(name) ?? {}; }

  /** Notes what a node makes; `lengthOf` gives the length of a constant list. */
  learn(node: Node, lengthOf: (name: string | undefined) => number | undefined): void {
    if (node.domain !== '') return;
    const inputs = node.inputs.map((name) => this.of(name));
    const first = inputs[0] ?? {};
    const rank = this.#rank(node, inputs, lengthOf);
    const dtype = node.op === 'Cast' ? dtypeByCode.get(intOr(node.attrs, 'to', 0)) : ['Shape', 'Size', 'ArgMax', 'ArgMin', 'NonZero'].includes(node.op) ? 'i64'
      : predicates.has(node.op) ? 'bool' : node.op === 'Where' ? inputs[1]?.dtype : first.dtype;
    for (const output of node.outputs) this.#known.set(output, { rank, dtype });
  }

  #rank(node: Node, inputs: readonly Known[], lengthOf: (name: string | undefined) => number | undefined): number | undefined {
    const first = inputs[0]?.rank;
    if (alike.has(node.op)) return first;
    if (broadcasting.has(node.op) || (node.op === 'MatMul' && inputs.every(({ rank }) => (rank ?? 0) >= 2))) {
      return inputs.some(({ rank }) => rank === undefined) ? undefined : Math.max(...inputs.map(({ rank }) => rank!));
    }
    if (node.op === 'Flatten' || node.op === 'Gemm') return 2;
    if (node.op === 'Shape') return 1;
    if (node.op === 'Reshape') return lengthOf(node.inputs[1]);
    if (node.op === 'Cast') return first;
    const axes = intsOr(node.attrs, 'axes', undefined)?.length ?? lengthOf(node.inputs[1]);
    if (first === undefined || axes === undefined) return node.op.startsWith('Reduce') && intOr(node.attrs, 'keepdims', 1) === 1 ? first : undefined;
    if (node.op === 'Unsqueeze') return first + axes;
    if (node.op === 'Squeeze') return first - axes;
    if (node.op.startsWith('Reduce')) return intOr(node.attrs, 'keepdims', 1) === 1 ? first : first - axes;
    return undefined;
  }
}
