import { ofMessage } from '../mutation.js';
import { nodesOf, valuesOf } from '../places.js';

export const inputsRewired = ofMessage('inputs-rewired', 'One to three inputs of nodes read another value, or none; inputs are added and taken away.', (model, draw) => {
  const values = valuesOf(model);
  for (let left = draw.between(1, 3); left > 0; left--) {
    const node = draw.of(nodesOf(model));
    const at = draw.below(node.input.length + 1);
    switch (draw.below(4)) {
      case 0: node.input.splice(at, 1); break;
      case 1: node.input.splice(at, 0, draw.of(values)); break;
      case 2: if (node.input.length > 0) node.input[at % node.input.length] = ''; break;
      default: if (node.input.length > 0) node.input[at % node.input.length] = draw.of(values);
    }
  }
});
