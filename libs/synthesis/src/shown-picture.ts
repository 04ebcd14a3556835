/** f32[C, H, W] in 0..1. */
export interface Picture {
  readonly image: Float32Array;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A picture as a screen or a PNG can show it: of 1 or 3 colours, opacity behind them. One of 1 or 3 colours is itself; of bands those of `show` are red, green and blue, or
 * grey, and without it each stands by itself as grey, in a square of ⌈√n⌉ rows from the upper left, unused places black: whoever shows pictures takes them for square.
 *
 * `colours` are the channels before the opacity, which every band keeps. Bands of `show` count from 1.
 */
export function shownPicture(picture: Picture, colours: number, show?: readonly number[]): Picture {
  if (show !== undefined) return withPlanes(picture, colours, show.map((band) => band - 1));
  if (colours === 1 || colours === 3) return picture;
  const { width, height } = picture;
  const columns = Math.ceil(Math.sqrt(colours));
  const hasAlpha = picture.channels > colours;
  const plane = width * height;
  const whole = { width: columns * width, height: columns * height, channels: hasAlpha ? 2 : 1 };
  const image = new Float32Array(whole.channels * whole.width * whole.height);
  for (let band = 0; band < colours; band++) {
    const [left, top] = [(band % columns) * width, Math.floor(band / columns) * height];
    for (const [to, from] of hasAlpha ? [[0, band], [1, colours]] as const : [[0, band]] as const) {
      for (let y = 0; y < height; y++) {
        image.set(picture.image.subarray(from * plane + y * width, from * plane + (y + 1) * width), to * whole.width * whole.height + (top + y) * whole.width + left);
      }
    }
  }
  return { ...whole, image };
}

function withPlanes({ image, channels, width, height }: Picture, colours: number, bands: readonly number[]): Picture {
  const plane = width * height;
  const chosen = channels > colours ? [...bands, colours] : bands;
  const planes = new Float32Array(chosen.length * plane);
  chosen.forEach((from, to) => planes.set(image.subarray(from * plane, (from + 1) * plane), to * plane));
  return { image: planes, channels: chosen.length, width, height };
}
