import { ofMessage } from '../mutation.js';
import { nodeListsOf } from '../places.js';

export const nodesShuffled = ofMessage('nodes-shuffled', 'Nodes in another order; sometimes one stands twice.', (model, draw) => {
  for (const list of nodeListsOf(model)) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = draw.below(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
  }
  if (draw.below(3) === 0) {
    const list = draw.of(nodeListsOf(model));
    list.push({ ...draw.of(list) });
  }
});
