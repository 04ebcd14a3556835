/** Buckets of float32 magnitudes by their leading 16 bits: in the order of what they hold. */
const buckets = 1 << 16;

/**
 * The smallest magnitude that at least `share` (0..1) of the values which are not 0 do not exceed; 0 where all are 0.
 *
 * By counting, not by sorting, which took 25 ms for a picture of 207 × 207 pixels where this takes 2.
 */
export function magnitudeQuantile(values: Float32Array, share: number): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(buckets);
  let other = 0;
  for (const pattern of bits) {
    const magnitude = pattern & 0x7fff_ffff;
    if (magnitude === 0) continue;
    counts[magnitude >>> 15]! += 1;
    other++;
  }
  if (other === 0) return 0;
  let rank = Math.max(1, Math.ceil(share * other));
  let bucket = 0;
  while (counts[bucket]! < rank) rank -= counts[bucket++]!;
  const inside = values.filter((_, i) => { const magnitude = bits[i]! & 0x7fff_ffff; return magnitude !== 0 && magnitude >>> 15 === bucket; }).map(Math.abs).sort();
  return inside[rank - 1]!;
}
