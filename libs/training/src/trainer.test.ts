import fc from 'fast-check';
import { type GraphBuilder, int, tensor, type Tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { accuracy, compileTraining, createTrainer, crossEntropy, heNormal, zeros, type Parameter, type Trainer, type TrainingProgram } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const open = (program: TrainingProgram, seed = 1): Promise<Trainer> => createTrainer(runtime, program, { normal: randomStream(seed, 'weights').normal, threads: 1 });

/** Two rings of points, one around the other: no straight line parts them. */
function rings(seed: number, count: number): { readonly x: Tensor; readonly targets: Tensor } {
  const { normal, below } = randomStream(seed, 'rings');
  const x = new Float32Array(count * 2), targets = new Float32Array(count * 2);
  for (let row = 0; row < count; row++) {
    const outer = below(2);
    const angle = (2 * Math.PI * below(1 << 20)) / (1 << 20), radius = (outer === 1 ? 2 : 0.7) + 0.08 * normal();
    x.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * row);
    targets[2 * row + outer] = 1;
  }
  return { x: tensor('f32', [count, 2], x), targets: tensor('f32', [count, 2], targets) };
}

const gemm = (g: GraphBuilder, x: Value, w: Value, b: Value): Value =>
  g.emit('Gemm', [x, w, b], { transB: int(1) }, [{ dtype: 'f32', shape: [x.shape[0]!, w.shape[0]!] }])[0]!;

const classifier = (batch: number): TrainingProgram => compileTraining({
  parameters: [
    { name: 'first.weight', shape: [16, 2], init: heNormal }, { name: 'first.bias', shape: [16], init: zeros },
    { name: 'second.weight', shape: [2, 16], init: heNormal }, { name: 'second.bias', shape: [2], init: zeros },
  ],
  build: ({ g, parameter }) => {
    const hidden = g.relu(gemm(g, g.input('x', 'f32', [batch, 2]), parameter('first.weight'), parameter('first.bias')));
    const logits = gemm(g, hidden, parameter('second.weight'), parameter('second.bias'));
    const targets = g.input('targets', 'f32', [batch, 2]);
    return { loss: crossEntropy(g, logits, targets), metrics: { accuracy: accuracy(g, logits, targets) } };
  },
});

/** loss = Σ scale · (x − target)², on a row (of rank 1, not decayed) and a matrix (decayed). */
const bowl = (weightDecay: number): TrainingProgram => compileTraining({
  weightDecay,
  parameters: ['row', 'matrix'].map((name): Parameter => ({ name, shape: name === 'row' ? [3] : [1, 3], init: (_, normal) => Float32Array.from({ length: 3 }, normal) })),
  build: ({ g, parameter }) => {
    const scale = g.input('scale', 'f32', [3]);
    const part = (x: Value): Value => g.sum(g.mul(scale, g.mul(g.sub(x, 0.5), g.sub(x, 0.5))), x.shape.map((_, axis) => axis));
    return { loss: g.add(part(parameter('row')), part(parameter('matrix'))) };
  },
});

describe('createTrainer', () => {
  it.each([0, 0.05])('follows Adam as published for 20 steps, each number by itself (weight decay %f)', async (decay) => {
    await using trainer = await open(bowl(decay));
    const scale = [0.3, 2, 40];
    const scalar = (start: number, slopeScale: number, lambda: number): number[] => {
      let [x, m, v] = [start, 0, 0];
      return Array.from({ length: 20 }, (_, i) => {
        const gradient = 2 * slopeScale * (x - 0.5), alpha = 0.05 / (i + 1);
        m = 0.9 * m + 0.1 * gradient;
        v = 0.999 * v + 0.001 * gradient * gradient;
        x -= alpha * (m / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8) + lambda * x);
        return x;
      });
    };
    const start = [...trainer.parameters()].map(([name, { data }]) => ({ name, values: Array.from(data as Float32Array) }));
    const expected = new Map(start.map(({ name, values }) => [name, values.map((value, i) => scalar(value, scale[i]!, name === 'matrix' ? decay : 0))]));
    for (let step = 1; step <= 20; step++) {
      await trainer.step({ scale: tensor('f32', [3], Float32Array.from(scale)) }, 0.05 / step);
      for (const [name, { data }] of trainer.parameters()) {
        (data as Float32Array).forEach((value, i) => expect(Math.abs(value - expected.get(name)![i]![step - 1]!), `${name} ${i} at step ${step}`).toBeLessThan(1e-5));
      }
    }
  });

  it('learns to tell two rings apart without a mistake, on points that it never saw', async () => {
    await using trainer = await open(classifier(256));
    for (let step = 1; step <= 300; step++) await trainer.step(rings(step, 256), 0.02);
    const { metrics } = await trainer.step(rings(100_000, 256), 0);
    expect(metrics['accuracy']).toBe(1);
  });

  it('gives the loss and the metrics before the parameters moved', async () => {
    const program = classifier(32);
    await using trainer = await open(program);
    const first = await trainer.step(rings(1, 32), 0.05);
    await using again = await open(program);
    const still = await again.step(rings(1, 32), 0);
    expect(first).toEqual(still);
    expect(first.step).toBe(1);
  });

  it('goes on from a checkpoint to the same bytes', async () => {
    const program = classifier(16);
    await using straight = await open(program);
    for (let step = 1; step <= 6; step++) await straight.step(rings(step, 16), 0.01);
    const half = straight.checkpoint();
    for (let step = 7; step <= 12; step++) await straight.step(rings(step, 16), 0.01);

    await using resumed = await open(program, 2);
    resumed.restore(half);
    expect(resumed.stepCount).toBe(6);
    expect(resumed.checkpoint()).toEqual(half);
    for (let step = 7; step <= 12; step++) await resumed.step(rings(step, 16), 0.01);
    expect(Buffer.from(resumed.checkpoint())).toEqual(Buffer.from(straight.checkpoint()));
  });

  it('starts alike from the same draws, and otherwise from others', async () => {
    const program = classifier(4);
    const start = async (seed: number): Promise<Buffer> => {
      await using trainer = await open(program, seed);
      return Buffer.from(trainer.checkpoint());
    };
    expect(await start(1)).toEqual(await start(1));
    expect(await start(2)).not.toEqual(await start(1));
  });

  it('stops at a loss that is no number, says at which step, and keeps the parameters before it', async () => {
    await using trainer = await open(bowl(0));
    const scale = (value: number): Record<string, Tensor> => ({ scale: tensor('f32', [3], Float32Array.of(1, value, 1)) });
    await trainer.step(scale(1), 0.01);
    const before = trainer.checkpoint();
    await expect(trainer.step(scale(NaN), 0.01)).rejects.toMatchObject({ code: 'TRAINING_NOT_FINITE', details: { step: 2, value: 'NaN' } });
    await expect(trainer.step(scale(Infinity), 0.01)).rejects.toMatchObject({ code: 'TRAINING_NOT_FINITE', details: { step: 2, value: 'Infinity' } });
    expect(trainer.checkpoint()).toEqual(before);
    expect((await trainer.step(scale(1), 0.01)).step).toBe(2);
  });

  it.each([NaN, Infinity, -1])('refuses the learning rate %f', async (learningRate) => {
    await using trainer = await open(bowl(0));
    await expect(trainer.step({ scale: tensor('f32', [3], new Float32Array(3)) }, learningRate)).rejects.toMatchObject({ code: 'TRAINING_LEARNING_RATE' });
    expect(trainer.stepCount).toBe(0);
  });

  it('refuses a start of the wrong size', async () => {
    const program = compileTraining({
      parameters: [{ name: 'w', shape: [2, 2], init: () => new Float32Array(3) }],
      build: ({ g, parameter }) => ({ loss: g.sum(parameter('w'), [0, 1]) }),
    });
    await expect(open(program)).rejects.toMatchObject({ code: 'TRAINING_START_SIZE', details: { parameter: 'w', length: 3 } });
  });
});

describe('restore', () => {
  it('refuses the checkpoint of another network and names both', async () => {
    await using small = await open(bowl(0));
    await using other = await open(classifier(4));
    expect(() => small.restore(other.checkpoint())).toThrow(expect.objectContaining({ code: 'TRAINING_CHECKPOINT_MISMATCH', message: expect.stringContaining('row[3]') }));
  });

  it('refuses cut, lengthened and altered bytes, and leaves the training as it was', async () => {
    await using trainer = await open(bowl(0));
    const good = trainer.checkpoint();
    const before = Buffer.from(good);
    const malformed = expect.objectContaining({ code: 'TRAINING_CHECKPOINT_MALFORMED' });
    fc.assert(fc.property(fc.integer({ min: 0, max: good.length - 1 }), (length) => {
      expect(() => trainer.restore(good.slice(0, length))).toThrow(malformed);
    }));
    expect(() => trainer.restore(Uint8Array.of(...good, 0))).toThrow(malformed);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => { expect(() => trainer.restore(bytes)).toThrow(malformed); }));
    for (const header of ['null', '{', '{"step":-1,"tensors":[]}', '{"step":1,"tensors":[{"name":"a","shape":[1.5]}]}']) {
      const bytes = new Uint8Array(12 + header.length);
      bytes.set(good.subarray(0, 8));
      bytes[8] = header.length;
      bytes.set(new TextEncoder().encode(header), 12);
      expect(() => trainer.restore(bytes), header).toThrow(malformed);
    }
    expect(Buffer.from(trainer.checkpoint())).toEqual(before);
  });
});
