import type { AttributeProto } from '@neuron-atlas/proto/onnx';
import type { Attribute, ValueAttributeType } from '../attribute.js';
import { errors } from '../errors.js';
import type { Graph } from '../graph.js';
import type { ExternalData } from './external-data.js';
import { readSparseTensor, readTensor } from './read-tensor.js';
import type { GraphProto } from '@neuron-atlas/proto/onnx';

/** AttributeProto.AttributeType, number to name. */
const typeNames: Readonly<Record<number, ValueAttributeType | 'sparse'>> = {
  1: 'float', 2: 'int', 3: 'string', 4: 'tensor', 5: 'graph', 6: 'floats', 7: 'ints', 8: 'strings', 11: 'sparse',
};

/** An attribute of a node; a sparse tensor comes out dense. */
export function readAttribute(
  proto: AttributeProto,
  node: { readonly name: string; readonly op: string },
  external: ExternalData | undefined,
  readSubgraph: (graph: GraphProto) => Graph,
): Attribute {
  const attribute = proto.name ?? '';
  const where = `${node.name}.${attribute}`;
  const unsupported = (form: string) => errors.attributeForm({ node: node.name, op: node.op, attribute, form });
  const type = typeNames[proto.type ?? 0] ?? (proto.type === undefined || proto.type === 0 ? guessType(proto) : undefined);
  if (type === undefined) throw unsupported(`is of type ${proto.type}, which is not supported`);
  if (proto.refAttrName !== undefined && proto.refAttrName !== '') {
    if (type === 'sparse') throw unsupported('refers to a sparse tensor, which is not supported');
    return { type: 'reference', value: proto.refAttrName, of: type };
  }
  const text = new TextDecoder();
  switch (type) {
    case 'float': return { type, value: proto.f ?? 0 };
    // Numbers beyond 2^53 lose digits; in practice these are "to the very end" (2^63 − 1), which survives writing.
    case 'int': return { type, value: Number(proto.i ?? 0n) };
    case 'string': return { type, value: text.decode(proto.s ?? new Uint8Array(0)) };
    case 'floats': return { type, value: proto.floats };
    case 'ints': return { type, value: proto.ints.map(Number) };
    case 'strings': return { type, value: proto.strings.map((bytes) => text.decode(bytes)) };
    case 'tensor':
      if (proto.t === undefined) throw unsupported('has no value');
      return { type, value: readTensor(proto.t, where, external) };
    case 'sparse':
      if (proto.sparseTensor === undefined) throw unsupported('has no value');
      return { type: 'tensor', value: readSparseTensor(proto.sparseTensor, where, external) };
    case 'graph':
      if (proto.g === undefined) throw unsupported('has no value');
      return { type, value: readSubgraph(proto.g) };
  }
}

/** Files of IR version 1 give no type; the field that is filled says it, and a lone zero is an integer. */
function guessType(proto: AttributeProto): ValueAttributeType | undefined {
  if (proto.t !== undefined) return 'tensor';
  if (proto.g !== undefined) return 'graph';
  if (proto.floats.length > 0) return 'floats';
  if (proto.ints.length > 0) return 'ints';
  if (proto.strings.length > 0) return 'strings';
  if (proto.tensors.length + proto.graphs.length > 0) return undefined;
  if (proto.s !== undefined && proto.s.length > 0) return 'string';
  return proto.f !== undefined && proto.f !== 0 ? 'float' : 'int';
}
