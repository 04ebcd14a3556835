import type { Attribute, Attributes } from '../attribute.js';
import type { Graph, Model, Node, ValueInfo } from '../graph.js';
import type { StaticGraph, ValueType } from '../static/static-graph.js';
import type { Tensor } from '../tensor.js';
import { floatText } from './float-text.js';
import { tensorText } from './tensor-text.js';

type Types = ReadonlyMap<string, Pick<ValueInfo, 'dtype' | 'shape'>>;

/**
 * A graph to read, and to compare line by line: one line a node, `name: dtype[shape] = Op(inputs) {attributes}`.
 *
 * Types are given where they are known without running anything. Constants of up to eight elements are written out, larger
 * ones by type, shape and a short hash of their bytes. The same graph gives the same text.
 */
export function toText(graph: Graph | Model | StaticGraph): string {
  if ('graph' in graph) {
    const opsets = [...graph.opsets].map(([domain, version]) => `${domain === '' ? 'ai.onnx' : domain} ${version}`);
    const functions = graph.functions.flatMap((definition) => [
      `function ${definition.domain}.${definition.name}(${definition.inputs.map(nameText).join(', ')}) -> ${definition.outputs.map(nameText).join(', ')}`,
      ...indent(definition.nodes.flatMap((node) => nodeLines(node, new Map()))),
    ]);
    return text([`opset ${opsets.join(', ')}`, ...graphLines(graph.graph), ...functions]);
  }
  if ('types' in graph) {
    return text([
      `opset ai.onnx ${graph.opset}`,
      `input ${typed(graph.input.name, graph.types)}`,
      ...constantLines(graph.initializers),
      ...graph.nodes.flatMap((node) => nodeLines(node, graph.types)),
      ...graph.outputs.map((name) => `output ${nameText(name)}`),
    ]);
  }
  return text(graphLines(graph));
}

const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function graphLines(graph: Graph): string[] {
  const types: Types = new Map([...graph.inputs, ...graph.outputs].filter((value) => value.untyped !== true).map((value) => [value.name, value]));
  return [
    ...graph.inputs.map(({ name }) => `input ${typed(name, types)}`),
    ...constantLines(graph.initializers),
    ...graph.nodes.flatMap((node) => nodeLines(node, types)),
    ...graph.outputs.map(({ name }) => `output ${nameText(name)}`),
  ];
}

const constantLines = (constants: ReadonlyMap<string, Tensor>): string[] => [...constants].map(([name, value]) => `const ${nameText(name)}: ${tensorText(value)}`);

function nodeLines(node: Node, types: Types): string[] {
  const outputs = node.outputs.map((name) => (name === '' ? '_' : typed(name, types))).join(', ');
  const inputs = node.inputs.map((name) => (name === '' ? '_' : nameText(name))).join(', ');
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  const sorted = Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1));
  const graphs = sorted.flatMap(([name, attr]) => (attr.type === 'graph' ? [`${name}:`, ...indent(graphLines(attr.value))] : []));
  return [`${outputs} = ${op}(${inputs})${attributesText(Object.fromEntries(sorted))}`, ...indent(graphs)];
}

function attributesText(attrs: Attributes): string {
  const parts = Object.entries(attrs).map(([name, attr]) => (attr.type === 'graph' ? name : `${name}: ${attributeText(attr)}`));
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
}

function attributeText(attr: Exclude<Attribute, { type: 'graph' }>): string {
  switch (attr.type) {
    case 'int': return String(attr.value);
    case 'float': return floatText(attr.value);
    case 'string': return JSON.stringify(attr.value);
    case 'ints': return `[${attr.value.join(', ')}]`;
    case 'floats': return `[${attr.value.map(floatText).join(', ')}]`;
    case 'strings': return JSON.stringify(attr.value);
    case 'tensor': return tensorText(attr.value);
    case 'reference': return `@${attr.value}`;
  }
}

function typed(name: string, types: ReadonlyMap<string, ValueType | Pick<ValueInfo, 'dtype' | 'shape'>>): string {
  const type = types.get(name);
  if (type === undefined) return nameText(name);
  return `${nameText(name)}: ${type.dtype}${type.shape === undefined ? '' : `[${type.shape.map((dim) => dim ?? '?').join(', ')}]`}`;
}

/** Names as they are; quoted where they would break a line apart. */
const nameText = (name: string): string => (/^[^\s,(){}"=]+$/.test(name) ? name : JSON.stringify(name));
