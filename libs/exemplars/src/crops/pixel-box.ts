/** A rectangle of pixels: `x0`, `y0` inclusive, `x1`, `y1` exclusive; it may lie outside its picture. */
export interface PixelBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

export const sizeOfBox = ({ x0, y0, x1, y1 }: PixelBox): PixelSize => ({ width: x1 - x0, height: y1 - y0 });

/** The part of a box that lies in a picture; without area where none does. */
export function clipped({ x0, y0, x1, y1 }: PixelBox, { width, height }: PixelSize): PixelBox {
  const inside = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  return { x0: inside(x0, width), y0: inside(y0, height), x1: inside(x1, width), y1: inside(y1, height) };
}
