import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@neuron-atlas/blobs';
import { LayerTally, openResponses, runPass, type ResponseReader } from '@neuron-atlas/exemplars';
import { decodePicture, fillInput, indexDataset, openDataset } from '@neuron-atlas/exemplars/node';
import { findLayers, upgradeOpset } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { median } from '../median.js';
import { streamMemory } from '../stream-memory.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const preprocess = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 256 } as const;
const side = 224;
const rowLength = 3 * side * side;
const threads = 2;
/** Images per second with all layers tracked ÷ without, at least. */
const wanted = 0.9;

/**
 * Images per second of a pass with all layers tracked ÷ those of the same pass that only runs the network: the same session options,
 * batch, reading and decoding, in turns; then the memory of a synthetic stream. `memory` measures that alone, a number is the pictures of a pass.
 *
 * squeezenet1_1 and the photographs come from $NEURON_ATLAS_SHARED/data.
 */
export async function exemplars([first = '200', rounds = '6', batch = '8']: readonly string[]): Promise<void> {
  if (first === 'memory') return streamMemory();
  const data = join(process.env['NEURON_ATLAS_SHARED'] ?? join('..', 'shared'), 'data');
  const runtime = await createNodeRuntime({ provider: 'cpu', threads });
  const model = upgradeOpset((await loadModelFile(join(data, 'models', 'squeezenet1_1.onnx'))).model);
  const layers = findLayers(model).map(({ id, tensor, units }) => ({ id, tensor, units }));
  const input = { name: model.graph.inputs[0]!.name, shape: [1, 3, side, side] };
  const open = (tracked: typeof layers): Promise<ResponseReader> => openResponses({ model, runtime, input, layers: tracked, batch: Number(batch) });
  const output = await mkdtemp(join(tmpdir(), 'bench-exemplars-'));
  try {
    const [source, out] = [await openStore(join(data, 'images')), await openStore(output)];
    const dataset = await openDataset(source, out, await indexDataset(source, out, {}, sha256), sha256);
    const pictures = Math.min(Number(first), dataset.samples);
    console.log(`${runtime.version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${threads} threads, batch ${batch}, ${pictures} photographs a pass, ${layers.reduce((sum, { units }) => sum + units, 0)} units`);

    const decode = async (content: Uint8Array, id: string, row: Float32Array): Promise<void> =>
      fillInput(row, (await decodePicture(content, id, { preprocess, input: { width: side, height: side } })).input, preprocess);
    const tallies = layers.map(({ units }) => new LayerTally({ units, top: 9, bottom: 9 }));
    const pass = async (reader: ResponseReader, tracked: readonly LayerTally[]): Promise<number> => {
      const start = performance.now();
      await runPass({ reader, tallies: tracked, samples: dataset.range(0, pictures), decode, sha256: tracked.length === 0 ? () => '' : sha256, rowLength, signal: new AbortController().signal });
      return (1000 * pictures) / (performance.now() - start);
    };
    // The network's own output alone: one layer's maximum, which is its last and costs nothing beside it.
    const modes = { plain: [layers.slice(-1), []], tracked: [layers, tallies] } as const;
    const rates: Record<keyof typeof modes, number[]> = { plain: [], tracked: [] };
    for (let round = 0; round <= Number(rounds); round++) {
      for (const mode of ['plain', 'tracked'] as const) {
        // One session at a time: threads of an idle one would spin.
        await using reader = await open(modes[mode][0]);
        const rate = await pass(reader, modes[mode][1]);
        if (round > 0) rates[mode].push(rate);   // the first warms up caches
      }
    }
    const ratios = rates.plain.map((plain, i) => rates.tracked[i]! / plain);
    console.log(`plain    ${median(rates.plain).toFixed(1)} images/s   (${rates.plain.map((rate) => rate.toFixed(1)).join(' ')})`);
    console.log(`tracked  ${median(rates.tracked).toFixed(1)} images/s   (${rates.tracked.map((rate) => rate.toFixed(1)).join(' ')})`);
    console.log(`ratio    ${median(ratios).toFixed(3)}, wanted at least ${wanted}   (${ratios.map((ratio) => ratio.toFixed(3)).join(' ')})`);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
