import { type Attribute, type Attributes, int } from '../attribute.js';
import { computedTensor } from '../computed-tensor.js';
import { dtypeCode } from '../dtype.js';
import { mapSubgraphs } from '../edit/map-subgraphs.js';
import type { Graph, ValueInfo } from '../graph.js';
import { type Tensor, tensor } from '../tensor.js';
import { fromHalf } from '../upgrade/scalar-like.js';

/** The graph with float32 for float16, in weights, casts and inputs, and for the uint8 of its picture; as it stands where it has neither. */
export function widened(graph: Graph, input: string): Graph {
  const picture = graph.inputs.find(({ name }) => name === input);
  const narrow = picture?.dtype === 'f16' || [...graph.initializers.values()].some(({ dtype }) => dtype === 'f16');
  if (!narrow && picture?.dtype !== 'u8') return graph;
  const wide = narrow ? widen(graph) : graph;
  return { ...wide, inputs: wide.inputs.map((info) => (info.name === input ? { ...info, dtype: 'f32' } : info)) };
}

function widen(graph: Graph): Graph {
  const typed = (info: ValueInfo): ValueInfo => (info.dtype === 'f16' ? { ...info, dtype: 'f32' } : info);
  return {
    ...graph,
    inputs: graph.inputs.map(typed),
    outputs: graph.outputs.map(typed),
    initializers: new Map([...graph.initializers].map(([name, value]) => [name, wideTensor(value)])),
    nodes: graph.nodes.map((node) => mapSubgraphs({ ...node, attrs: wideAttributes(node.attrs) }, widen)),
  };
}

/** Casts and random numbers say their type by its code in `to` or `dtype`, constants by themselves. */
function wideAttributes(attrs: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attrs).map(([name, attr]): [string, Attribute] => {
    if (attr.type === 'int' && (name === 'to' || name === 'dtype') && attr.value === dtypeCode.f16) return [name, int(dtypeCode.f32)];
    return [name, attr.type === 'tensor' ? { ...attr, value: wideTensor(attr.value) } : attr];
  }));
}

function wideTensor(value: Tensor): Tensor {
  if (value.dtype !== 'f16') return value;
  const wide = (): Float32Array => Float32Array.from(value.data as Uint16Array, fromHalf);
  return value.source === undefined ? tensor('f32', value.shape, wide()) : computedTensor((g) => g.cast(g.constant(value), 'f32'), wide);
}
