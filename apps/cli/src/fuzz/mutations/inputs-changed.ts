import { ofMessage } from '../mutation.js';
import { nodesOf, valuesOf } from '../places.js';

export const inputsChanged = ofMessage('inputs-changed', 'Inputs and outputs of the graph are missing, too many, renamed, or in another order.', (model, draw) => {
  const { graph } = model;
  if (graph === undefined) return;
  const list = draw.below(2) === 0 ? graph.input : graph.output;
  const value = draw.of(valuesOf(model));
  switch (draw.below(6)) {
    case 0: list.splice(draw.below(Math.max(1, list.length)), 1); break;
    case 1: list.push({ name: draw.of(['extra', value]), metadataProps: [] }); break;
    case 2: if (list.length > 0) draw.of(list).name = draw.of(['renamed', value, '']); break;
    case 3: list.reverse(); break;
    case 4: {
      list.unshift({ name: 'flag', metadataProps: [], type: { value: { $case: 'tensorType', value: { elemType: draw.of([1, 7, 9]), shape: { dim: [] } } } } });
      const node = draw.of(nodesOf(model));
      node.input.push('flag');
      break;
    }
    default: list.length = 0;
  }
});
