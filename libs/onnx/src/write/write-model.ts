import {
  type AttributeProto, AttributeProto_AttributeType as Type, type FunctionProto, type GraphProto, ModelProto, type NodeProto, type TensorShapeProto, type ValueInfoProto,
} from '@neuron-atlas/proto/onnx';
import type { Attribute } from '../attribute.js';
import { dtypeCode } from '../dtype.js';
import type { Dim, Graph, Model, Node, ValueInfo } from '../graph.js';
import type { FileRange } from '../tensor-source.js';
import { spellOut } from '../edit/spell-out.js';
import { writeTensor } from './write-tensor.js';

const typeCode = {
  float: Type.FLOAT, int: Type.INT, string: Type.STRING, tensor: Type.TENSOR, graph: Type.GRAPH, floats: Type.FLOATS, ints: Type.INTS, strings: Type.STRINGS,
} as const;

/** Where in which file beside the model a tensor's bytes are. */
export interface DataPlace {
  readonly location: string;
  readonly offset: number;
}

/** Says for a tensor that lies in a file whether the model refers to it, and how; undefined puts its numbers into the model. */
export type DataPlaces = (range: FileRange) => DataPlace | undefined;

/**
 * The bytes of an .onnx file that holds the whole model, but for tensors that `placed` says lie beside it; same model, same
 * bytes.
 *
 * Initialisers are not listed among the inputs, for which a file must be of IR version 4 or later: an older model is
 * written as 4, one with functions as 8 at least.
 */
export function writeModel(model: Model, placed: DataPlaces = () => undefined): Uint8Array {
  const oldest = model.functions.length > 0 ? 8 : 4;
  const opsets = (map: ReadonlyMap<string, number>) => [...map].map(([domain, version]) => ({ domain, version: BigInt(version) }));
  return ModelProto.encode({
    irVersion: BigInt(Math.max(model.irVersion, oldest)),
    producerName: model.producer,
    opsetImport: opsets(model.opsets),
    graph: writeGraph(spellOut(model.graph), placed),
    functions: model.functions.map((definition): FunctionProto => ({
      name: definition.name,
      domain: definition.domain,
      input: [...definition.inputs],
      output: [...definition.outputs],
      attribute: [...definition.attributes],
      attributeProto: Object.entries(definition.defaults).map(([name, attr]) => writeAttribute(name, attr, placed)),
      node: definition.nodes.map((node) => writeNode(node, placed)),
      opsetImport: opsets(definition.opsets),
      valueInfo: [],
    })),
    metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
  }).finish();
}

function writeGraph(graph: Graph, placed: DataPlaces): GraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => writeNode(node, placed)),
    initializer: [...graph.initializers].map(([name, tensor]) => writeTensor(tensor, name, placed)),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
    valueInfo: (graph.declared ?? []).map(writeValueInfo),
    sparseInitializer: [],
    metadataProps: [],
  };
}

function writeNode(node: Node, placed: DataPlaces): NodeProto {
  return {
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attrs).map(([name, attr]) => writeAttribute(name, attr, placed)),
    metadataProps: [],
  };
}

function writeAttribute(name: string, attr: Attribute, placed: DataPlaces): AttributeProto {
  const blank = { name, floats: [], ints: [], strings: [], tensors: [], graphs: [], typeProtos: [], sparseTensors: [] };
  if (attr.type === 'reference') return { ...blank, type: typeCode[attr.of], refAttrName: attr.value };
  const text = new TextEncoder();
  const proto: AttributeProto = { ...blank, type: typeCode[attr.type] };
  switch (attr.type) {
    case 'float': proto.f = attr.value; break;
    case 'int': proto.i = toInt64(attr.value); break;
    case 'string': proto.s = text.encode(attr.value); break;
    case 'floats': proto.floats = [...attr.value]; break;
    case 'ints': proto.ints = attr.value.map(toInt64); break;
    case 'strings': proto.strings = attr.value.map((value) => text.encode(value)); break;
    case 'tensor': proto.t = writeTensor(attr.value, '', () => undefined); break; // runtimes look for external data in initialisers
    case 'graph': proto.g = writeGraph(attr.value, placed); break;
  }
  return proto;
}

/** Clamped: 2^63 − 1, which files use for "to the end", is 2^63 as a JavaScript number. */
const toInt64 = (value: number): bigint => {
  const exact = BigInt(value);
  const largest = 2n ** 63n - 1n;
  return exact > largest ? largest : exact < -largest - 1n ? -largest - 1n : exact;
};

function writeValueInfo(value: ValueInfo): ValueInfoProto {
  if (value.untyped === true) return { name: value.name, metadataProps: [] };
  const shape = value.shape === undefined ? undefined : { dim: value.shape.map(writeDim) };
  return { name: value.name, type: { value: { $case: 'tensorType', value: { elemType: dtypeCode[value.dtype], shape } } }, metadataProps: [] };
}

const writeDim = (dim: Dim): TensorShapeProto['dim'][number] =>
  ({ value: dim === null ? undefined : typeof dim === 'number' ? { $case: 'dimValue', value: BigInt(dim) } : { $case: 'dimParam', value: dim } });
