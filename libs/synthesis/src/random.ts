/** A stream of random numbers that depends on its seed and purpose alone. */
export interface RandomStream {
  /** A whole number, 0 to bound − 1, each equally likely. */
  below(bound: number): number;
  /** In [0, 1), in steps of 2^-32. */
  uniform(): number;
  /** A standard normal draw. */
  normal(): number;
}

/**
 * The generator sfc32 (Doty-Humphrey, PractRand), seeded from `seed` and `purpose` by FNV-1a; normals by Box and Muller.
 *
 * One stream a purpose: a prior that draws more numbers does not shift the jitter.
 */
export function randomStream(seed: number, purpose: string): RandomStream {
  const text = `${seed}/${purpose}`;
  let [a, b, c, d] = [0x811c9dc5, 0x01000193, 0x9e3779b9, 1];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193) >>> 0;
    b = Math.imul(b ^ a, 0x85ebca6b) >>> 0;
    c = (c + b) >>> 0;
  }
  const next = (): number => {
    const t = (((a + b) >>> 0) + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t;
  };
  for (let i = 0; i < 16; i++) next();
  let spare: number | undefined;
  return {
    below(bound) {
      // Draws beyond the last whole multiple of the bound are thrown away, or small numbers would come more often.
      const limit = Math.floor(2 ** 32 / bound) * bound;
      let draw = next();
      while (draw >= limit) draw = next();
      return draw % bound;
    },
    uniform: () => next() / 2 ** 32,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log((next() + 1) / 2 ** 32));
      const angle = (2 * Math.PI * next()) / 2 ** 32;
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
