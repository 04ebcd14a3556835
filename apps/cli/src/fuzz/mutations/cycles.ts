import { ofMessage } from '../mutation.js';
import { nodeListsOf } from '../places.js';

export const cycles = ofMessage('cycles', 'A node reads what it makes itself, or what a later node makes of it.', (model, draw) => {
  const list = draw.of(nodeListsOf(model));
  const first = draw.below(list.length);
  const last = draw.between(first, Math.min(list.length - 1, first + 12));
  const [early, late] = [list[first]!, list[last]!];
  early.input[draw.below(Math.max(1, early.input.length))] = late.output[0] ?? '';
  if (draw.below(2) === 0) late.input[0] = early.output[0] ?? '';
});
