import { errors } from '../errors.js';
import { LayerTally, type TallySize } from './layer-tally.js';
import type { Ranked } from './ranking.js';
import type { SampleRef } from './sample-ref.js';

interface Header {
  readonly format: 1;
  readonly size: TallySize;
  readonly pictures: number;
  readonly samples: readonly SampleRef[];
  readonly sampled: readonly number[];
  /** Lengths of the arrays that follow. */
  readonly lengths: readonly number[];
}

/**
 * A tally as bytes: a header in JSON behind its length (u32), padded to 8, then arrays of float64 and float32. Equal tallies
 * give equal bytes; values pass as they are.
 */
export function tallyToBytes(tally: LayerTally): Uint8Array {
  const { units } = tally.size;
  const rankings = [tally.top, tally.bottom].map((ranking) => Array.from({ length: units }, (_, unit) => ranking.of(unit)));
  const referred = [...rankings.flat(2).map(({ sample }) => sample), ...tally.sampled.map(({ sample }) => sample)];
  const samples = [...new Map(referred.map((sample) => [sample.id, sample])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const place = new Map(samples.map(({ id }, index) => [id, index]));
  const buckets = tally.sketch.byUnit();
  const wide = Float64Array.from([
    ...tally.notFinite,
    ...rankings.flatMap((lists) => lists.flatMap((list) => [list.length, ...list.map(({ sample }) => place.get(sample.id)!)])),
    ...buckets.flatMap((list) => [list.length, ...list.flatMap(({ bucket, count, sum, squares }) => [bucket, count, sum, squares])]),
  ]);
  const narrow = new Float32Array([...rankings.flat(2).map(({ value }) => value)].length + tally.sampled.length * units);
  let at = 0;
  for (const { value } of rankings.flat(2)) narrow[at++] = value;
  for (const { values } of tally.sampled) {
    narrow.set(values, at);
    at += units;
  }
  const header: Header = {
    format: 1, size: { units, top: tally.size.top, bottom: tally.size.bottom }, pictures: tally.pictures,
    samples: samples.map(({ id, sha256, item, label }) => ({ id, sha256, item, label })),
    sampled: tally.sampled.map(({ sample }) => place.get(sample.id)!), lengths: [wide.length, narrow.length],
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((4 + json.length) / 8) * 8;
  const bytes = new Uint8Array(start + wide.byteLength + narrow.byteLength);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(new Uint8Array(wide.buffer), start);
  bytes.set(new Uint8Array(narrow.buffer), start + wide.byteLength);
  return bytes;
}

/** Errors: EXEMPLARS_BAD_TALLY. */
export function tallyFromBytes(bytes: Uint8Array, name: string): LayerTally {
  const wrong = (problem: string, cause?: unknown): Error => errors.badTally({ name, problem }, cause);
  if (bytes.length < 4) throw wrong('it is empty');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length))) as Header;
  } catch (cause) {
    throw wrong('its header is not JSON', cause);
  }
  const [wideLength = 0, narrowLength = 0] = header.lengths;
  const start = Math.ceil((4 + length) / 8) * 8;
  if (bytes.length !== start + 8 * wideLength + 4 * narrowLength) throw wrong(`it has ${bytes.length} bytes, its header says ${start + 8 * wideLength + 4 * narrowLength}`);
  const body = bytes.slice(start).buffer;
  const wide = new Float64Array(body, 0, wideLength);
  const narrow = new Float32Array(body, 8 * wideLength, narrowLength);
  const tally = new LayerTally(header.size);
  const { units } = header.size;
  tally.pictures = header.pictures;
  tally.notFinite.set(wide.subarray(0, units));
  let [w, n] = [units, 0];
  const ranked = (): Ranked[] => Array.from({ length: wide[w++]! }, () => ({ sample: header.samples[wide[w++]!]!, value: narrow[n++]! }));
  for (const ranking of [tally.top, tally.bottom]) {
    for (let unit = 0; unit < units; unit++) for (const { sample, value } of ranked()) ranking.add(unit, value, sample);
  }
  for (let unit = 0; unit < units; unit++) {
    for (let left = wide[w++]!; left > 0; left--) {
      tally.sketch.addBucket(unit, { bucket: wide[w]!, count: wide[w + 1]!, sum: wide[w + 2]!, squares: wide[w + 3]! });
      w += 4;
    }
  }
  tally.sampled = header.sampled.map((index) => {
    const values = narrow.slice(n, n + units);
    n += units;
    return { sample: header.samples[index]!, values };
  });
  return tally;
}
