import { dtypeCode, int, tensor, tensorAttribute, type Attribute, type DType, type Node, type StaticGraph, type Tensor } from '@neuron-atlas/onnx';

/** A static graph of float32 with all its numbers in float64, but for those that an operator takes in float32 alone (the scales of a Resize). */
export function inFloat64(graph: StaticGraph): StaticGraph {
  const fixed = new Set(graph.nodes.flatMap((node) => (node.op === 'Resize' ? node.inputs.slice(1, 3) : [])));
  const dtype = (name: string, own: DType): DType => (own === 'f32' && !fixed.has(name) ? 'f64' : own);
  return {
    ...graph,
    input: { ...graph.input, dtype: dtype(graph.input.name, graph.input.dtype) },
    nodes: graph.nodes.map((node): Node => ({ ...node, attrs: Object.fromEntries(Object.entries(node.attrs).map(([name, attr]) => [name, widened(node.op, name, attr)])) })),
    initializers: new Map([...graph.initializers].map(([name, value]) => [name, fixed.has(name) ? value : wide(value)])),
    types: new Map([...graph.types].map(([name, type]) => [name, { ...type, dtype: dtype(name, type.dtype) }])),
  };
}

function widened(op: string, name: string, attr: Attribute): Attribute {
  if (attr.type === 'tensor') return tensorAttribute(wide(attr.value));
  return op === 'Cast' && name === 'to' && attr.type === 'int' && attr.value === dtypeCode.f32 ? int(dtypeCode.f64) : attr;
}

const wide = (value: Tensor): Tensor => (value.dtype === 'f32' ? tensor('f64', value.shape, Float64Array.from(value.data as Float32Array)) : value);
