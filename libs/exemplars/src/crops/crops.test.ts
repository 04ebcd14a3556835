import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropPicture, meanFill, type RawPicture } from './crop-picture.js';
import { effectiveBox } from './effective-box.js';
import { pictureView, toOriginal } from './picture-view.js';
import { exemplarBox } from './exemplar-box.js';
import type { PixelBox } from './pixel-box.js';
import { unitBox, type UnitBox } from './unit-box.js';
import { f32, GraphBuilder, type Value } from '@neuron-atlas/onnx';
import { staticGraphOf } from '../../test/static-graph-of.js';
import { receptiveFields } from '../fields/receptive-fields.js';

describe('pictureView', () => {
  it('brings the short side to the size asked for and takes the centre', () => {
    const view = pictureView({ width: 1000, height: 500 }, { resize: 256 }, { width: 224, height: 224 });
    expect(view).toMatchObject({ resized: { width: 512, height: 256 }, left: 144, top: 16 });
  });

  it('covers the input where the spec does not say, or asks for too little', () => {
    for (const preprocess of [{}, { resize: 100 }]) {
      expect(pictureView({ width: 300, height: 400 }, preprocess, { width: 224, height: 112 }), JSON.stringify(preprocess)).toMatchObject({ resized: { width: 224, height: 299 }, left: 0, top: 93 });
    }
  });

  it('maps a box in the input back to the picture in the file', () => {
    const view = pictureView({ width: 1000, height: 500 }, { resize: 256 }, { width: 224, height: 224 });
    expect(toOriginal({ x0: -144, y0: -16, x1: 368, y1: 240 }, view)).toEqual({ x0: 0, y0: 0, x1: 1000, y1: 500 });
    expect(toOriginal({ x0: 0, y0: 0, x1: 112, y1: 112 }, view)).toEqual({ x0: 281.25, y0: 31.25, x1: 500, y1: 250 });
  });
});

describe('cropPicture', () => {
  const picture: RawPicture = { width: 3, height: 2, channels: 3, data: Uint8Array.from({ length: 18 }, (_, i) => i) };

  it('copies pixels and fills what lies outside', () => {
    const crop = cropPicture(picture, { x0: 2, y0: -1, x1: 4, y1: 1 }, [100, 101, 102]);
    expect(crop).toMatchObject({ width: 2, height: 2, channels: 3 });
    expect([...crop.data]).toEqual([100, 101, 102, 100, 101, 102, 6, 7, 8, 100, 101, 102]);
  });

  it('fills with what preprocessing makes 0 of, in the order of the picture', () => {
    expect(meanFill({ mean: [0.485, 0.456, 0.406], range: [0, 1], color: 'RGB' })).toEqual([124, 116, 104]);
    expect(meanFill({ mean: [104, 117, 124], range: [0, 255], color: 'BGR' })).toEqual([124, 117, 104]);
    expect(meanFill({ mean: [0], range: [-1, 1], color: 'L' })).toEqual([128]);
  });
});

describe('effectiveBox', () => {
  const map = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })).chain(([width, height]) =>
    fc.record({ width: fc.constant(width), height: fc.constant(height), mass: fc.array(fc.nat(9), { minLength: width * height, maxLength: width * height }) }));

  it('is the smallest rectangle that holds the share', () => {
    fc.assert(fc.property(map, fc.constantFrom(0.5, 0.9, 1), ({ width, height, mass }, share) => {
      const total = mass.reduce((sum, value) => sum + value, 0);
      const held = ({ x0, y0, x1, y1 }: PixelBox): number => mass.reduce((sum, value, i) => (i % width >= x0 && i % width < x1 && Math.floor(i / width) >= y0 && Math.floor(i / width) < y1 ? sum + value : sum), 0);
      const box = effectiveBox(Float32Array.from(mass), { width, height }, share);
      if (total === 0) {
        expect(box).toBeUndefined();
        return;
      }
      let least = Infinity;
      for (let y0 = 0; y0 < height; y0++) for (let y1 = y0 + 1; y1 <= height; y1++) for (let x0 = 0; x0 < width; x0++) for (let x1 = x0 + 1; x1 <= width; x1++) {
        if (held({ x0, y0, x1, y1 }) >= share * total) least = Math.min(least, (x1 - x0) * (y1 - y0));
      }
      expect(held(box!)).toBeGreaterThanOrEqual(share * total);
      expect((box!.x1 - box!.x0) * (box!.y1 - box!.y0)).toBe(least);
    }), { numRuns: 200 });
  });

  it('lies on a grid where the map is large, and reaches its edge', () => {
    const [width, height] = [230, 100];
    const mass = new Float32Array(width * height);
    for (let y = 50; y < height; y++) for (let x = 203; x < width; x++) mass[y * width + x] = 1;
    expect(effectiveBox(mass, { width, height }, 1)).toEqual({ x0: 200, y0: 50, x1: 230, y1: 100 });
  });
});

describe('exemplarBox', () => {
  const view = pictureView({ width: 20, height: 10 }, {}, { width: 4, height: 4 });
  const seen = (build: (g: GraphBuilder, x: Value) => Value, place: readonly number[]): UnitBox | undefined => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 1, 4, 4]);
    const y = build(g, x);
    return unitBox(receptiveFields(staticGraphOf(g, x, [y])).get(y.name)!, place);
  };

  it('is the field in what the model saw, and names it in the original', () => {
    const found = exemplarBox(seen((g, x) => g.conv(x, g.constant(f32([1, 1, 2, 2], [1, 1, 1, 1])), undefined, { pads: [1, 1, 0, 0] }), [0, 0, 0, 1]), view);
    // The picture was halved and more: 10 pixels to 4, of 8 the middle ones.
    expect(found).toEqual({ kind: 'exact', inputBox: { x0: 0, y0: -1, x1: 2, y1: 1 }, box: { x0: 5, y0: -3, x1: 10, y1: 3 } });
  });

  it('takes the part that counts where all is seen, or the picture', () => {
    const all = seen((g, x) => g.mean(x, [2, 3]), [0, 0]);
    const whole = { kind: 'whole', inputBox: { x0: 0, y0: 0, x1: 4, y1: 4 }, box: { x0: 5, y0: 0, x1: 15, y1: 10 } };
    expect(exemplarBox(all, view)).toEqual(whole);
    expect(exemplarBox(undefined, view)).toEqual(whole);
    const part = { x0: 1, y0: 2, x1: 3, y1: 3 };
    expect(exemplarBox(all, view, part)).toEqual({ kind: 'effective', inputBox: part, box: { x0: 7, y0: 5, x1: 13, y1: 8 } });
  });
});
