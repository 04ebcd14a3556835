import { ofMessage } from '../mutation.js';
import { graphsOf, nodesOf, valuesOf } from '../places.js';

export const namesRepeated = ofMessage('names-repeated', 'A value, a node, an initialiser, an input or an output has the name of another.', (model, draw) => {
  const values = valuesOf(model);
  const graph = draw.of(graphsOf(model));
  const node = draw.of(nodesOf(model));
  switch (draw.below(6)) {
    case 0: node.output[draw.below(Math.max(1, node.output.length))] = draw.of(values); break;
    case 1: node.name = draw.of(nodesOf(model)).name ?? ''; break;
    case 2: if (graph.initializer.length > 0) draw.of(graph.initializer).name = draw.of(values); break;
    case 3: if (graph.input.length > 0) graph.input.push({ ...draw.of(graph.input), ...(draw.below(2) === 0 ? {} : { name: draw.of(values) }) }); break;
    case 4: if (graph.output.length > 0) graph.output.push({ ...draw.of(graph.output), ...(draw.below(2) === 0 ? {} : { name: draw.of(values) }) }); break;
    default: node.output.push(draw.of(values));
  }
});
