import { tensor, type Tensor } from '@neuron-atlas/onnx';
import { pictureSize, questions } from '../model.js';
import { pictureAt, type Picture } from '../pictures/index.js';

/** Pictures as the network takes them, and the right answers. */
export interface Batch {
  /** f32[N, 3, 64, 64] in −1..1. */
  readonly image: Tensor;
  /** For each question f32[N, answers], 1 at the right answer. */
  readonly targets: Readonly<Record<string, Tensor>>;
}

/** The pictures from `start` on of the sequence that a seed names. */
export function batchAt(seed: number, start: number, count: number): Batch {
  const pictures = Array.from({ length: count }, (_, i) => pictureAt(seed, start + i, pictureSize));
  return {
    image: imagesOf(pictures.map(({ pixels }) => pixels)),
    targets: Object.fromEntries(questions.map(({ name, answers }) => [name, oneHot(pictures, name, answers)])),
  };
}

/** Pictures u8[64, 64, 3] as the network takes them: f32[N, 3, 64, 64] in −1..1. */
export function imagesOf(pictures: readonly Uint8Array[]): Tensor {
  const area = pictureSize * pictureSize;
  const image = new Float32Array(pictures.length * 3 * area);
  pictures.forEach((pixels, row) => {
    for (let at = 0; at < area; at++) {
      for (let channel = 0; channel < 3; channel++) image[(3 * row + channel) * area + at] = pixels[3 * at + channel]! / 127.5 - 1;
    }
  });
  return tensor('f32', [pictures.length, 3, pictureSize, pictureSize], image);
}

function oneHot(pictures: readonly Picture[], question: (typeof questions)[number]['name'], answers: readonly string[]): Tensor {
  const targets = new Float32Array(pictures.length * answers.length);
  pictures.forEach((picture, row) => { targets[row * answers.length + answers.indexOf(picture[question])] = 1; });
  return tensor('f32', [pictures.length, answers.length], targets);
}
