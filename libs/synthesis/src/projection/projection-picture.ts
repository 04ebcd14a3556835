import { magnitudeQuantile } from './magnitude-quantile.js';

/** Where in the model's input a picture of a projection is cut out, in pixels; it may lie outside. */
export interface ProjectionBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

// A deep unit's projection has a few pixels far above all others: scaled to the largest, the form around them is too faint to see.
const beyondScale = 0.005;

/**
 * A projection as a picture f32[C, h, w] in 0..1: 0 becomes mid-grey, absolute values of `scale` and above 0 or 1.
 *
 * `scale` is the largest absolute value in the box but for one in 200 of those that are not 0. What lies outside the input is mid-grey, as is a
 * projection of nothing but 0.
 */
export function projectionPicture(projection: Float32Array, size: { readonly channels: number; readonly height: number; readonly width: number }, box: ProjectionBox): { readonly image: Float32Array; readonly channels: number; readonly height: number; readonly width: number; readonly scale: number } {
  const [height, width] = [box.y1 - box.y0, box.x1 - box.x0];
  const { channels } = size;
  const image = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, -box.y0); y < Math.min(height, size.height - box.y0); y++) {
      for (let x = Math.max(0, -box.x0); x < Math.min(width, size.width - box.x0); x++) {
        image[(c * height + y) * width + x] = projection[(c * size.height + box.y0 + y) * size.width + box.x0 + x]!;
      }
    }
  }
  const scale = magnitudeQuantile(image, 1 - beyondScale);
  return { image: image.map((value) => (scale === 0 ? 0.5 : Math.min(1, Math.max(0, 0.5 + value / (2 * scale))))), channels, height, width, scale };
}

/** How much each pixel of a projection weighs, f32[H, W]: the sum of the squares of its channels. */
export function projectionMass(projection: Float32Array, { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number }): Float32Array {
  const plane = height * width;
  return Float32Array.from({ length: plane }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += projection[c * plane + i]! ** 2;
    return sum;
  });
}
