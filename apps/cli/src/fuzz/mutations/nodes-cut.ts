import { ofMessage } from '../mutation.js';
import { nodeListsOf } from '../places.js';

export const nodesCut = ofMessage('nodes-cut', 'One to four nodes are left out; their readers may be joined to what they read.', (model, draw) => {
  for (let left = draw.between(1, 4); left > 0; left--) {
    const list = draw.of(nodeListsOf(model));
    const [gone] = list.splice(draw.below(list.length), 1);
    if (gone === undefined || draw.below(2) === 0) continue;
    for (const node of list) node.input = node.input.map((name) => (name !== '' && name === gone.output[0] ? (gone.input[0] ?? '') : name));
  }
});
