import { toNumbers, type Runtime } from '@neuron-atlas/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeRuntime } from '../node.js';
import { faultyCases, faultyModel } from './faulty.fixture.js';

describe('what the WebGPU provider gets wrong', () => {
  let runtimes: Readonly<Record<'cpu' | 'repaired' | 'unrepaired', Runtime>>;
  beforeAll(async () => {
    runtimes = { cpu: await createNodeRuntime({ provider: 'cpu', threads: 1 }), repaired: await createNodeRuntime({ provider: 'webgpu' }), unrepaired: await createNodeRuntime({ provider: 'webgpu', unrepaired: true }) };
  });

  // Where the second half of a test fails, a newer runtime has mended the fault and its repair may go.
  it.each(faultyCases)('is right as this project runs it, and wrong as it is written: $what', async (faulty) => {
    const { bytes, x, result } = faultyModel(faulty);
    const run = async (runtime: Runtime): Promise<number[]> => {
      await using session = await runtime.load(bytes);
      return toNumbers((await session.run({ x }))[result]!);
    };
    const right = await run(runtimes.cpu);
    const apart = (found: readonly number[]): number => Math.max(...right.map((value, i) => Math.abs(value - found[i]!) / (1 + Math.abs(value))));
    expect(apart(await run(runtimes.repaired))).toBeLessThan(1e-4);
    expect(apart(await run(runtimes.unrepaired))).toBeGreaterThan(1e-2);
  });
});
