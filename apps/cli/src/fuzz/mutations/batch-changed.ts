import { ofMessage } from '../mutation.js';

export const batchChanged = ofMessage('batch-changed', 'The picture has another batch, other sides or channels than the graph was made for.', (model, draw) => {
  const type = model.graph?.input[0]?.type?.value;
  const dims = type?.$case === 'tensorType' ? type.value.shape?.dim ?? [] : [];
  if (dims.length === 0) return;
  const at = draw.below(Math.min(4, dims.length));
  const value = at === 0 ? draw.of([0n, 1n, 2n, 3n, 7n, 64n, 4096n]) : draw.of([0n, 1n, 2n, 5n, 16n, 31n, 33n, 48n, 64n, 2048n]);
  dims[at] = draw.below(4) === 0 ? { value: undefined } : { value: { $case: 'dimValue', value } };
});
