import { useEffect, useRef } from 'preact/hooks';

export interface PixelsProps {
  /** f32[C, H, W] in 0..1: grey or colours, opacity behind them where C is 2 or 4. */
  readonly picture: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly label: string;
}

/** A picture from numbers, drawn as it comes. */
export function Pixels({ picture, shape: [channels, height, width], label }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(toRgba(picture, channels, height, width), width, height), 0, 0);
  }, [picture]);
  return <canvas class="picture" ref={canvas} width={width} height={height} role="img" aria-label={label} />;
}

/** 8 bits a channel, opacity of 2 or 4 channels kept, as the PNG of an atlas has them. */
export function toRgba(picture: Float32Array, channels: number, height: number, width: number): Uint8ClampedArray<ArrayBuffer> {
  const plane = height * width;
  const rgba = new Uint8ClampedArray(plane * 4);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = Math.round((picture[(channels < 3 ? 0 : c) * plane + i] ?? 0) * 255);
    rgba[i * 4 + 3] = channels % 2 === 1 ? 255 : Math.round((picture[(channels - 1) * plane + i] ?? 0) * 255);
  }
  return rgba;
}
