import { FunctionProto, type GraphProto, ModelProto, type NodeProto } from '@neuron-atlas/proto/onnx';
import { attributeOf, defineMutation, graphOf, nodeOf, tensorOf } from '../mutation.js';
import { valuesOf } from '../places.js';

const untyped = (name: string) => ({ name, metadataProps: [] });

/** Ifs inside Ifs, the innermost a copy of a value. */
function branches(depth: number, value: string, condition: string): NodeProto {
  let node = nodeOf({ opType: 'Identity', input: [value], output: ['n0'] });
  for (let level = 1; level <= depth; level++) {
    const inside = (): GraphProto => graphOf({ name: `b${level}`, node: [node], output: [untyped(node.output[0]!)] });
    node = nodeOf({ opType: 'If', input: [condition], output: [`n${level}`], attribute: [
      attributeOf({ name: 'then_branch', type: 5, g: inside() }),
      attributeOf({ name: 'else_branch', type: 5, g: level % 8 === 0 ? inside() : graphOf({ name: `e${level}`, node: [nodeOf({ opType: 'Identity', input: [value], output: [`e${level}`] })], output: [untyped(`e${level}`)] }) }),
    ] });
  }
  return node;
}

/** Functions that call each the one before, `width` times. */
function calls(depth: number, width: number, circle: boolean): FunctionProto[] {
  return Array.from({ length: depth }, (_, level): FunctionProto => ({
    ...FunctionProto.decode(new Uint8Array(0)), name: `f${level}`, domain: 'own', input: ['a'], output: [`o${width}`], opsetImport: [{ domain: '', version: 18n }, { domain: 'own', version: 1n }],
    node: Array.from({ length: width }, (_, i) => nodeOf({
      opType: level === 0 && !circle ? 'Identity' : `f${(level + depth - 1) % depth}`, domain: level === 0 && !circle ? '' : 'own', input: [i === 0 ? 'a' : `o${i}`], output: [`o${i + 1}`],
    })),
  }));
}

export const graphsNested = defineMutation({
  name: 'graphs-nested',
  summary: 'Branches inside branches and functions that call functions, deep, wide, or in a circle, around a value of the graph.',
  mutate: (files, draw) => {
    const model = ModelProto.decode(files.bytes);
    const { graph } = model;
    if (graph === undefined) return files;
    const value = draw.of(valuesOf(model));
    const wrapped = `${value}/nested`;
    for (const node of graph.node) node.input = node.input.map((name) => (name === value && draw.below(2) === 0 ? wrapped : name));
    if (draw.below(2) === 0) {
      graph.initializer.push(tensorOf({ name: 'deep', dataType: 9, rawData: Uint8Array.of(draw.below(2)) }));
      const node = branches(draw.of([1, 2, 5, 12, 20, 30, 31, 45]), value, draw.below(8) === 0 ? value : 'deep');
      node.output = [wrapped];
      graph.node.push(node);
    } else {
      const depth = draw.of([1, 2, 3, 8, 20, 60, 400]);
      model.functions.push(...calls(depth, draw.of([1, 1, 2, 3, 10]), draw.below(4) === 0));
      model.opsetImport.push({ domain: 'own', version: 1n });
      graph.node.push(nodeOf({ opType: `f${depth - 1}`, domain: 'own', input: [value], output: [wrapped] }));
    }
    return { ...files, bytes: ModelProto.encode(model).finish() };
  },
});
