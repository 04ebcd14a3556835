import type { PixelBox, PixelSize } from '@neuron-atlas/exemplars';

/** Smaller patches show a judge nothing but a gradient of colour; what is around them is shown too. */
const leastSide = 16;

/**
 * Side of the square patches by which a layer's units are judged: what a unit sees, at least 16 pixels, at most the smallest of the pictures. The
 * same for natural and made pictures, at one scale: framing must not give away which is which.
 */
export function patchSide(field: { readonly kind: 'window'; readonly size: readonly number[] } | { readonly kind: 'whole' | 'varies' } | undefined, pictures: readonly PixelSize[]): number {
  const most = Math.min(...pictures.flatMap(({ width, height }) => [width, height]));
  return field?.kind === 'window' ? Math.min(most, Math.max(leastSide, ...field.size)) : most;
}

/** The patch around a centre (in pixels, of the box from 0), moved so that all of it lies in the picture. */
export function patchBox({ x, y }: { readonly x: number; readonly y: number }, side: number, { width, height }: PixelSize): PixelBox {
  const from = (centre: number, length: number): number => Math.min(Math.max(Math.round(centre - side / 2), 0), length - side);
  const [x0, y0] = [from(x, width), from(y, height)];
  return { x0, y0, x1: x0 + side, y1: y0 + side };
}
