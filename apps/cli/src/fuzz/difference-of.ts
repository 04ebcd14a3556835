import type { OutputValues } from './outcome.js';

/** In parts of the largest value: the same operators in another order of sums. */
const tolerance = 1e-4;

/** What is different between our outputs and the runtime's own, as a sentence; undefined where they agree. */
export function differenceOf(ours: OutputValues, theirs: OutputValues): string | undefined {
  for (const [name, { shape, values }] of Object.entries(ours)) {
    const other = theirs[name];
    if (other === undefined) continue;
    if (shape.join() !== other.shape.join()) return `output ${name} is [${shape.join(', ')}], the runtime makes [${other.shape.join(', ')}]`;
    const scale = other.values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1e-30);
    for (const [i, value] of values.entries()) {
      const right = other.values[i]!;
      const same = value === right || (Number.isNaN(value) && Number.isNaN(right)) || Math.abs(value - right) <= tolerance * scale;
      if (!same) return `element ${i} of output ${name} is ${value}, the runtime makes ${right}; the largest is ${scale}`;
    }
  }
  return undefined;
}
