import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LayerTally, runPass, tallyToBytes, type ResponseReader, type SampleSource } from '@neuron-atlas/exemplars';

/** Units of squeezenet1_1's 26 layers. */
const layers = [64, 16, 64, 64, 16, 64, 64, 32, 128, 128, 32, 128, 128, 48, 192, 192, 48, 192, 192, 64, 256, 256, 64, 256, 256, 1000];
const looks = [1_000, 3_000, 10_000, 30_000, 100_000];

/**
 * Memory of a pass over a stream of up to 100,000 samples, every unit of a network of 3,944 followed: no network, responses are
 * drawn as a rectified one's are, a third of them 0. What is held is looked at after a collection, while the pass stands still.
 */
export async function streamMemory(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const batch = 8;
  const units = layers.reduce((sum, one) => sum + one, 0);
  let state = 1;
  const uniform = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const responses = new Float32Array(batch * units);
  const reader: ResponseReader = {
    batch, units,
    read: async () => {
      for (let i = 0; i < responses.length; i++) responses[i] = Math.max(0, (i % units) ** 0.5 * (uniform() + uniform() + uniform() - 1.2));
      return responses;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const before = held(collect);
  const tallies = layers.map((one) => new LayerTally({ units: one, top: 9, bottom: 9 }));
  console.log('samples   heap MB   buffers MB   all held MB   one tally of 26 as bytes, MB');
  let done = 0;
  async function* stream(): AsyncGenerator<SampleSource> {
    for (let item = 0; item < looks.at(-1)!; item++) {
      yield { id: `shard-${String(Math.floor(item / 1000)).padStart(4, '0')}.tar/${String(item).padStart(9, '0')}.jpg`, item, read: async () => Buffer.from(String(item)), label: async () => `class ${item % 1000}` };
    }
  }
  await runPass({
    reader, tallies, samples: stream(), rowLength: 3, decode: async () => undefined, signal: new AbortController().signal,
    sha256: (content) => createHash('sha256').update(content).digest('hex'),
    onProgress: (samples) => {
      if (!looks.some((look) => done < look && samples >= look)) return void (done = samples);
      done = samples;
      const { heap, buffers } = held(collect);
      const [ownHeap, ownBuffers] = [heap - before.heap, buffers - before.buffers];
      console.log([String(samples).padEnd(9), ownHeap.toFixed(1).padStart(7), ownBuffers.toFixed(1).padStart(12), (ownHeap + ownBuffers).toFixed(1).padStart(13), (tallyToBytes(tallies.at(-1)!).length / 1e6).toFixed(1).padStart(10)].join(' '));
    },
  });
}

/** In MB. */
function held(collect: () => void): { readonly heap: number; readonly buffers: number } {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed / 1e6, buffers: arrayBuffers / 1e6 };
}
