import { readModel, toNumbers, type Runtime } from '@neuron-atlas/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeRuntime } from '../node.js';
import { faultyCases, faultyModel } from './faulty.fixture.js';
import { repairModel } from './repair-model.js';

describe('repairModel', () => {
  let cpu: Runtime;
  beforeAll(async () => { cpu = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

  it.each(faultyCases)('gives another graph with the same results: $what', async (faulty) => {
    const { bytes, x, result } = faultyModel(faulty);
    const repaired = repairModel(bytes);
    expect(repaired).not.toBe(bytes);
    const [before, after] = await Promise.all([bytes, repaired].map(async (file) => {
      await using session = await cpu.load(file);
      return (await session.run({ x }))[result]!;
    }));
    expect(after!.shape).toEqual(before!.shape);
    const there = toNumbers(after!);
    toNumbers(before!).forEach((value, i) => { expect(there[i]).toBeCloseTo(value, 4); });
  });

  it('leaves the bytes of a graph without such a node as they are', () => {
    const { bytes } = faultyModel({ what: '', shape: [1, 8, 5, 5], build: (g, x) => g.slice(g.relu(x), [-1], [-6], [3], [-1]) });
    expect(repairModel(bytes)).toBe(bytes);
  });

  it('repairs a repaired graph no further', () => {
    for (const faulty of faultyCases) {
      const once = repairModel(faultyModel(faulty).bytes);
      const nodes = (file: Uint8Array): number => JSON.stringify(readModel(file).graph, (_, value: unknown) => (ArrayBuffer.isView(value) ? 0 : value)).split('"op"').length;
      expect(nodes(repairModel(once))).toBe(nodes(once));
    }
  });
});
