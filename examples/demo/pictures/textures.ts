import type { Random } from './random.js';
import { valueNoise } from './value-noise.js';

/** How much of the second tone lies at a pixel, 0..1; edges are one pixel wide. x and y count pixels. */
export type Texture = (x: number, y: number) => number;

/** Where a texture lies: its coarseness and the centre and radius of what it covers, all in pixels. */
export interface TextureSpot {
  readonly periodPixels: number;
  readonly centreX: number;
  readonly centreY: number;
  readonly radiusPixels: number;
}

type MakeTexture = (random: Random, spot: TextureSpot) => Texture;

const textures = {
  plain: () => () => 0,
  gradient: (random, { centreX, centreY, radiusPixels }) => {
    const along = turned(random.between(0, 2 * Math.PI));
    const middle = along.u(centreX, centreY);
    return (x, y) => clamp(0.5 + (along.u(x, y) - middle) / (1.7 * radiusPixels));
  },
  stripes: (random, { periodPixels }) => {
    const along = turned(random.between(0, Math.PI));
    const phase = random.between(0, periodPixels);
    return (x, y) => clamp(0.5 + square(along.u(x, y) + phase, periodPixels));
  },
  waves: (random, { periodPixels }) => {
    const along = turned(random.between(0, Math.PI));
    const phase = random.between(0, periodPixels);
    const swing = periodPixels * 0.55, turn = (2 * Math.PI) / (periodPixels * 2.2);
    return (x, y) => clamp(0.5 + 0.7 * square(along.u(x, y) + phase + swing * Math.sin(along.v(x, y) * turn), periodPixels));
  },
  checks: (random, { periodPixels }) => {
    const along = turned(random.between(0, Math.PI / 2));
    const phase = random.between(0, periodPixels);
    return (x, y) => 0.5 + 2 * edge(square(along.u(x, y) + phase, periodPixels)) * edge(square(along.v(x, y) + phase, periodPixels));
  },
  dots: (random, { periodPixels }) => {
    const along = turned(random.between(0, Math.PI / 2));
    const phase = random.between(0, periodPixels);
    return (x, y) => {
      const row = Math.floor((along.v(x, y) + phase) / periodPixels);
      const v = along.v(x, y) + phase - (row + 0.5) * periodPixels;
      const shifted = along.u(x, y) + phase + (row % 2 === 0 ? 0 : periodPixels / 2);
      const u = shifted - (Math.floor(shifted / periodPixels) + 0.5) * periodPixels;
      return clamp(0.5 + 0.32 * periodPixels - Math.sqrt(u * u + v * v));
    };
  },
  bricks: (random, { periodPixels }) => {
    const along = turned(random.between(0, Math.PI));
    const phase = random.between(0, periodPixels);
    const height = periodPixels * 0.9, width = periodPixels * 1.8, half = Math.max(0.5, periodPixels * 0.11);
    return (x, y) => {
      const row = Math.floor((along.v(x, y) + phase) / height);
      const v = along.v(x, y) + phase - row * height;
      const shifted = along.u(x, y) + phase + (row % 2 === 0 ? 0 : width / 2);
      const u = shifted - Math.floor(shifted / width) * width;
      return clamp(0.5 + half - Math.min(u, width - u, v, height - v)); // the distance to the nearest joint
    };
  },
  noise: (random, { periodPixels }) => {
    const field = valueNoise(random, periodPixels * 0.62);
    return (x, y) => clamp(0.5 + (field(x, y) - 0.5) * 4);
  },
} as const satisfies Readonly<Record<string, MakeTexture>>;

export type TextureName = keyof typeof textures;
export const textureNames = Object.keys(textures) as TextureName[];

export function makeTexture(name: TextureName, random: Random, spot: TextureSpot): Texture {
  return textures[name](random, spot);
}

/** Coordinates along and across a direction. */
function turned(angle: number): { readonly u: Texture; readonly v: Texture } {
  const cos = Math.cos(angle), sin = Math.sin(angle);
  return { u: (x, y) => x * cos + y * sin, v: (x, y) => y * cos - x * sin };
}

/** A square wave's distance to its nearest edge, in pixels, positive in the first half of each period. */
function square(position: number, period: number): number {
  const share = position / period - Math.floor(position / period);
  return (0.25 - Math.abs(share - 0.25 - (share > 0.75 ? 1 : 0))) * period;
}

function edge(distancePixels: number): number {
  return Math.max(-0.5, Math.min(0.5, distancePixels));
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
