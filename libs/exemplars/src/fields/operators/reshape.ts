import { defineField } from '../rule.js';

/** The same elements in the same order, in another shape. */
export const reshape = defineField({
  ops: ['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'],
  steps: ({ output }, index) => (index === 0 ? [{ reshape: output(0) }] : undefined),
});
