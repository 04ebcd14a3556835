import type { ModelProto } from '@neuron-atlas/proto/onnx';
import { ofMessage } from '../mutation.js';
import { attributesOf, graphsOf, nodesOf, valuesOf } from '../places.js';

const odd = ['', '__proto__', 'constructor', 'toString', 'learn/zero', 'result', 'latent', 'picture', 'a\0b', 'ä/ß 🂡', '../../x', 'x'.repeat(100_000), ' ', '\n', 'grad/0', 'const.0'];

/** Everywhere alike: the graph stays whole. */
function rename(model: ModelProto, from: string, to: string): void {
  const of = (name: string): string => (name === from ? to : name);
  for (const node of nodesOf(model)) [node.input, node.output] = [node.input.map(of), node.output.map(of)];
  for (const graph of graphsOf(model)) for (const value of [...graph.input, ...graph.output, ...graph.initializer]) value.name = of(value.name ?? '');
}

export const namesOdd = ofMessage('names-odd', 'A value, a node or an attribute is called something that a program may stumble over.', (model, draw) => {
  const attributes = attributesOf(model);
  switch (draw.below(4)) {
    case 0: draw.of(nodesOf(model)).name = draw.of(odd); break;
    case 1: if (attributes.length > 0) draw.of(attributes).name = draw.of(odd); break;
    case 2: draw.of(nodesOf(model)).opType = draw.of(odd); break;
    default: rename(model, draw.of(valuesOf(model)), draw.of(odd));
  }
});
