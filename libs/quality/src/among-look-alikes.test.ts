import { randomStream } from '@neuron-atlas/synthesis';
import { describe, expect, it } from 'vitest';
import { amongLookAlikes, perceptOf, type SeenTwice } from './index.js';

const { normal } = randomStream(3, 'pictures');
const drawn = (length: number, of: (i: number) => number): Float32Array => Float32Array.from({ length }, (_, i) => of(i));
const choice = { trials: 200, references: 9, below: randomStream(1, 'trials').below };

/** Pictures with a look and a content of their own, each about a given one; the judge sees both, the untrained network the look alone. */
function pictures(count: number, { look, content }: { readonly look: number; readonly content: number }): readonly SeenTwice[] {
  return Array.from({ length: count }, () => {
    const looks = drawn(8, (i) => look * (i === 0 ? 1 : 0) + 0.5 * normal());
    const contents = drawn(8, (i) => content * (i === 0 ? 1 : 0) + 0.5 * normal());
    return { judged: perceptOf([looks, contents], undefined), plain: perceptOf([looks], undefined) };
  });
}

describe('the choice between an exemplar and its look-alike', () => {
  it('is right where exemplars share a content', () => {
    expect(amongLookAlikes(pictures(10, { look: 1, content: 2 }), pictures(300, { look: 1, content: 0 }), choice)).toBeGreaterThan(0.9);
  });

  it('is near chance where they share nothing but a look that others have too', () => {
    const shares = Array.from({ length: 20 }, () => amongLookAlikes(pictures(10, { look: 1, content: 0 }), pictures(300, { look: 1, content: 0 }), choice)!);
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.06);
  });

  it('is half right where pictures are all the same, and unknown without two exemplars or others', () => {
    const [one] = pictures(1, { look: 1, content: 1 }) as [SeenTwice];
    expect(amongLookAlikes([one, one, one], [one, one], choice)).toBe(0.5);
    expect(amongLookAlikes([one], [one], choice)).toBeNull();
    expect(amongLookAlikes([one, one], [], choice)).toBeNull();
  });
});
