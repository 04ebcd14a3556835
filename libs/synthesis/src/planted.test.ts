import { f32, GraphBuilder, i64, type Model, readModel, tensor, writeModel } from '@neuron-atlas/onnx';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { randomStream } from './random.js';

// A network whose units are known: unit k of `detector` answers, behind a rectifier and a pooling by twos, where a 5 × 5 patch is like template k.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const [side, units, size] = [5, 4, 24];
const patch = 3 * side * side;
const { normal } = randomStream(8, 'templates');
const templates = Array.from({ length: units }, () => {
  // The same in all colours: priors with correlated colours come to strong ones only after very many steps.
  const pattern = Array.from({ length: side * side }, () => normal()).map((value) => value + Math.sign(value));
  const free = Float32Array.from({ length: patch }, (_, i) => pattern[i % (side * side)]!);
  const mean = free.reduce((a, b) => a + b, 0) / patch;
  return free.map((value) => value - mean); // what is flat does not excite it
});

function network(): Model {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const weights = g.constant(tensor('f32', [units, 3, side, side], Float32Array.from(templates.flatMap((one) => [...one]))), 'templates');
  const conv = g.emit('Conv', [x, weights, g.constant(f32([units], [0, 0, 0, 0]), 'bias')], {}, [{ dtype: 'f32', shape: [1, units, 20, 20], name: 'patches' }])[0]!;
  const pooled = g.emit('MaxPool', [g.relu(conv)], { kernel_shape: { type: 'ints', value: [2, 2] }, strides: { type: 'ints', value: [2, 2] } }, [{ dtype: 'f32', shape: [1, units, 10, 10], name: 'pooled' }])[0]!;
  // A second layer that passes each unit on: the ascent goes through rectifier and pooling.
  const same = Float32Array.from({ length: units * units }, (_, i) => (i % (units + 1) === 0 ? 1 : 0));
  const out = g.emit('Conv', [pooled, g.constant(tensor('f32', [units, units, 1, 1], same), 'same')], {}, [{ dtype: 'f32', shape: [1, units, 10, 10], name: 'detector' }])[0]!;
  const sum = g.emit('ReduceSum', [out, g.constant(i64([2], [2, 3]))], {}, [{ dtype: 'f32', shape: [1, units, 1, 1] }])[0]!;
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('planted', [sum]) }));
}

const at = { y: 6, x: 3 }; // a place in the map of 10 × 10: patches begin at 12 or 13, and 6 or 7

async function climb(given: Partial<SynthesisView>): Promise<readonly Ascent[]> {
  const view: SynthesisView = { prior: 'pixels', priorParams: {}, recipe: 'none', objective: 'neuron', objectiveParams: at, letThrough: 16, steps: 600, size, seeds: [0], batch: units, ...given };
  const program = await compileProgram({ modelSha256: '0'.repeat(64), tensor: 'detector', view, input: { name: 'image', shape: [1, 3, size, size] }, preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' }, model: network(), runtime });
  await using ascender = await openProgram(runtime, program);
  return await ascender.run({ units: [0, 1, 2, 3], seed: 0, steps: view.steps, chunk: 100 });
}

/** Correlation of the 5 × 5 patch at a place of the picture with the signs of a template: in the box of a picture the best is black or white. */
function correlation({ image }: Ascent, y: number, x: number, template: Float32Array): number {
  const found = Array.from({ length: patch }, (_, i) => image[Math.floor(i / 25) * size * size + (y + Math.floor((i % 25) / 5)) * size + x + (i % 5)]!);
  const centred = (values: readonly number[]): readonly number[] => { const mean = values.reduce((a, b) => a + b, 0) / patch; return values.map((value) => value - mean); };
  const [a, b] = [centred(found), centred([...template].map(Math.sign))];
  const dot = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The place where a picture is most like a template. */
function bestPlace(ascent: Ascent, template: Float32Array): { readonly y: number; readonly x: number; readonly value: number } {
  const places = Array.from({ length: 20 * 20 }, (_, i) => ({ y: Math.floor(i / 20), x: i % 20 })).map((place) => ({ ...place, value: correlation(ascent, place.y, place.x, template) }));
  return places.reduce((best, place) => (place.value > best.value ? place : best));
}

describe('planted detectors behind a rectifier and a pooling', () => {
  it.each<[string, Partial<SynthesisView>]>([
    ['pixels', { prior: 'pixels', learningRate: 0.3 }],
    ['fourier', { prior: 'fourier', learningRate: 0.1 }],
    ['pyramid', { prior: 'pyramid', learningRate: 0.5 }],
  ])('%s recovers each template at the place that is asked for, and none of the others', async (_, given) => {
    const ascents = await climb(given);
    for (const [k, ascent] of ascents.entries()) {
      const { y, x, value } = bestPlace(ascent, templates[k]!);
      expect(value).toBeGreaterThan(0.9);
      expect([2 * at.y, 2 * at.y + 1]).toContain(y);
      expect([2 * at.x, 2 * at.x + 1]).toContain(x);
      // With the labels shuffled nothing is found there.
      expect(Math.abs(correlation(ascent, y, x, templates[(k + 1) % units]!))).toBeLessThan(0.5);
    }
  });
});
