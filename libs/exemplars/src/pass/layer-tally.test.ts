import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LayerTally, sampledPictures } from './layer-tally.js';
import { neighboursOf } from './neighbours.js';
import type { SampleRef } from './sample-ref.js';
import { tallyFromBytes, tallyToBytes } from './tally-bytes.js';
import { exemplarsOf, quantileShares } from './unit-exemplars.js';
import { summariesOf } from './unit-summary.js';

interface Picture { readonly sample: SampleRef; readonly values: Float32Array }
const size = { units: 4, top: 3, bottom: 2 };

// Few different values, so that ties, copies of a picture and values that are no numbers all come up.
const value = fc.oneof(fc.constantFrom(0, -0, 1, 1, 2.5, -3, NaN, Infinity), fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }));
const pictures: fc.Arbitrary<readonly Picture[]> = fc.array(fc.record({ content: fc.nat(30), values: fc.array(value, { minLength: size.units, maxLength: size.units }) }), { maxLength: 40 })
  .map((list) => list.map(({ content, values }, item) => {
    const first = list.findIndex((one) => one.content === content);
    return { sample: { id: `p${String((item * 17) % 41).padStart(2, '0')}.jpg`, sha256: String(content * 7919 % 31).padStart(64, '0'), item }, values: Float32Array.from(first === item ? values : list[first]!.values) };
  }));

function tallyOf(list: readonly Picture[]): LayerTally {
  const tally = new LayerTally(size);
  for (const { sample, values } of list) tally.add(sample, values);
  return tally;
}
const asBytes = (tally: LayerTally): string => Buffer.from(tallyToBytes(tally)).toString('base64');

describe('LayerTally', () => {
  it('gives the same bytes for any order and any split, merged in any order', () => {
    fc.assert(fc.property(pictures, fc.integer({ min: 1, max: 7 }), fc.infiniteStream(fc.nat(1000)), (list, parts, dice) => {
      const whole = asBytes(tallyOf(list));
      const shuffled = list.map((one) => ({ one, at: dice.next().value as number })).sort((a, b) => a.at - b.at).map(({ one }) => one);
      expect(asBytes(tallyOf(shuffled))).toBe(whole);
      const split = Array.from({ length: parts }, (_, part) => tallyOf(shuffled.filter((_one, i) => i % parts === part)));
      const merged = new LayerTally(size);
      for (const part of split.reverse()) merged.merge(tallyFromBytes(tallyToBytes(part), 'part'));
      expect(asBytes(merged)).toBe(whole);
    }), { numRuns: 200 });
  });

  it('finds what sorting all values finds, each picture once', () => {
    fc.assert(fc.property(pictures, (list) => {
      const tally = tallyOf(list);
      for (let unit = 0; unit < size.units; unit++) {
        const all = list.map(({ sample, values }) => ({ id: sample.id, sha: sample.sha256, value: values[unit]! })).filter(({ value: v }) => Number.isFinite(v));
        const best = (sign: number, count: number): string[] => all.toSorted((a, b) => sign * (b.value - a.value) || (a.id < b.id ? -1 : 1))
          .filter(({ sha }, i, sorted) => sorted.findIndex((one) => one.sha === sha) === i).slice(0, count).map(({ id }) => id);
        const found = exemplarsOf(tally, unit, 0);
        expect(found.filter(({ kind }) => kind === 'top').map(({ sample }) => sample.id)).toEqual(best(1, size.top));
        expect(found.filter(({ kind }) => kind === 'bottom').map(({ sample }) => sample.id)).toEqual(best(-1, size.bottom));
      }
    }), { numRuns: 200 });
  });

  it('sums without rounding: mean, deviation, extremes, quantiles and share of active pictures are those of all values', () => {
    const wide = fc.float({ noNaN: true, min: -1e5, max: 1e5 }).map((one) => (Math.abs(one) < 1e-30 ? 0 : one));
    const near = fc.float({ noNaN: true, min: 1, max: 30_000 });
    fc.assert(fc.property(fc.array(wide, { minLength: 1, maxLength: 300 }).map((values) => ({ values, dropped: 2 ** -15 })), (drawn) => { follows(drawn); }), { numRuns: 300 });
    fc.assert(fc.property(fc.array(near, { minLength: 1, maxLength: 300 }).map((values) => ({ values, dropped: 0 })), (drawn) => { follows(drawn); }), { numRuns: 300 });

    /** `dropped`: what may be missing of a value, of the largest. */
    function follows({ values, dropped }: { readonly values: readonly number[]; readonly dropped: number }): void {
      const tally = new LayerTally({ units: 1, top: 1, bottom: 1 });
      values.forEach((one, item) => tally.add({ id: `${item}`, sha256: `${item}`, item }, Float32Array.of(one)));
      const [summary] = summariesOf(tally);
      const rising = values.toSorted((a, b) => a - b);
      const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
      const std = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length);
      const scale = Math.max(...values.map(Math.abs));
      expect(summary).toMatchObject({ max: rising.at(-1)! + 0, min: rising[0]! + 0, samples: values.length, samplesNotFinite: 0 });
      expect(Math.abs(summary!.mean! - mean)).toBeLessThanOrEqual((1e-9 + dropped) * scale);
      // Cancellation, where the spread is small beside the values, takes a root of the 10⁻⁵.
      expect(Math.abs(summary!.std! - std)).toBeLessThanOrEqual(4e-3 * scale);
      expect(summary!.fractionActive).toBeCloseTo(values.filter((one) => one > 0).length / values.length, 9);
      expect(summary!.histogram!.reduce((sum, n) => sum + n, 0)).toBe(values.length);
      for (const [share, found] of [[0.01, summary!.p01!], [0.5, summary!.p50!], [0.99, summary!.p99!]] as const) {
        const exact = rising[Math.max(1, Math.ceil(share * values.length)) - 1]!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) / 64 + dropped * scale + 1e-38);
      }
    }
  });

  it('counts what is no number apart', () => {
    const tally = tallyOf([NaN, Infinity, 1].map((one, item) => ({ sample: { id: `${item}`, sha256: `${item}`, item }, values: Float32Array.of(one, 1, NaN, 0) })));
    expect(summariesOf(tally).map(({ samples, samplesNotFinite, max, fractionActive }) => [samples, samplesNotFinite, max, fractionActive])).toEqual([[3, 2, 1, 1], [3, 0, 1, 1], [3, 3, null, null], [3, 0, 0, 0]]);
    expect(exemplarsOf(tally, 2, 5)).toEqual([]);
  });

  it('draws quantile exemplars from a sample that the content decides, each of another picture', () => {
    const count = 1000;
    const list = Array.from({ length: count }, (_, item): Picture => ({ sample: { id: `${item}`.padStart(4, '0'), sha256: `${(item * 2654435761) % 4294967291}`.padStart(64, '0'), item }, values: Float32Array.of(item, -item, item % 7, 5) }));
    const tally = tallyOf(list);
    expect(tally.sampled).toHaveLength(sampledPictures);
    const found = exemplarsOf(tally, 0, 5).filter(({ kind }) => kind === 'quantile');
    expect(found.map(({ quantile }) => quantile)).toEqual(quantileShares(5));
    // Of 256 of 1000, four standard errors of a share are 0.11.
    for (const { value: v, quantile } of found) expect(Math.abs(v / count - quantile!)).toBeLessThan(0.11);
    expect(new Set(exemplarsOf(tally, 3, 5).filter(({ kind }) => kind === 'quantile').map(({ sample }) => sample.id)).size).toBe(5);
  });

  it('knows which units answer alike', () => {
    const list = Array.from({ length: 50 }, (_, item): Picture => ({ sample: { id: `${item}`, sha256: `${item}`, item }, values: Float32Array.of(item % 5, 3 * (item % 5) + 1, item % 3, 2) }));
    const [first, second, , constant] = neighboursOf(tallyOf(list));
    expect(first![0]).toEqual({ unit: 1, similarity: expect.closeTo(1, 9), shared: 3 });
    expect(second![0]!.unit).toBe(0);
    expect(constant).toEqual([]);
  });

  it('knows which units share their best pictures, although they differ in all others', () => {
    // Unit 0 and 1 fall and rise against each other, but in the three pictures that excite both most; 2 and 3 go with 0 and with 1 and have other favourites.
    const list = Array.from({ length: 100 }, (_, item): Picture => ({
      sample: { id: `${item}`, sha256: `${item}`.padStart(3, '0'), item },
      values: Float32Array.of(item < 3 ? 12 - item : item % 10, item < 3 ? 10 + item : 9 - (item % 10), item % 10 + (item > 96 ? 4 : 0), 9 - (item % 10) + (item > 96 ? 4 : 0)),
    }));
    const [first] = neighboursOf(tallyOf(list), [0, 1], 1);
    const [[alike, sharer]] = [first!];
    expect([alike!.unit, alike!.shared]).toEqual([2, 0]);
    expect([sharer!.unit, sharer!.shared]).toEqual([1, 3]);
  });

  it('refuses bytes that are no tally', () => {
    const bytes = tallyToBytes(tallyOf([]));
    for (const bad of [new Uint8Array(), bytes.slice(0, -8), Uint8Array.from(bytes, (byte, i) => (i === 6 ? 200 : byte))]) {
      expect(() => tallyFromBytes(bad, 'x.tally')).toThrow(expect.objectContaining({ code: 'EXEMPLARS_BAD_TALLY' }));
    }
  });
});
