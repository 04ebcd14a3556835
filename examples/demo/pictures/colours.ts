import type { Random } from './random.js';

/** Red, green, blue in 0..1. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The hue at the centre of each colour, in degrees; they lie at least 25° apart and are jittered by 7°. */
const hues = { red: 0, orange: 28, yellow: 55, green: 120, cyan: 184, blue: 224, violet: 272, pink: 326 } as const;

export type ColourName = keyof typeof hues;
export const colourNames = Object.keys(hues) as ColourName[];

const hueJitterDegrees = 7;

/** A vivid colour that bears the name. */
export function namedColour(random: Random, name: ColourName): Rgb {
  const hue = hues[name] + random.between(-hueJitterDegrees, hueJitterDegrees);
  return fromHsv(hue, random.between(0.72, 1), random.between(0.72, 1));
}

/** Any colour: greys and pale ones as often as vivid ones. */
export function anyColour(random: Random): Rgb {
  const saturation = random.chance(0.35) ? random.between(0, 0.12) : random.between(0.12, 0.85);
  return fromHsv(random.between(0, 360), saturation, random.between(0.08, 1));
}

/** White, black, or the same hue much lighter or darker: never another named colour. */
export function companion(random: Random, colour: Rgb): Rgb {
  const candidates: readonly Rgb[] = [[0.97, 0.97, 0.97], [0.05, 0.05, 0.05], blend(colour, [1, 1, 1], 0.72), blend(colour, [0, 0, 0], 0.7)];
  const far = candidates.filter((candidate) => distance(candidate, colour) > 0.45);
  return random.pick(far.length === 0 ? candidates.slice(1, 2) : far);
}

export function blend(from: Rgb, to: Rgb, share: number): Rgb {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share];
}

/** Euclidean distance in RGB, 0 … √3. */
export function distance(a: Rgb, b: Rgb): number {
  return Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2);
}

/** Hue in degrees (any turn), saturation and value in 0..1. */
export function fromHsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (offset: number): number => {
    const k = (((offset + hue / 60) % 6) + 6) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}
