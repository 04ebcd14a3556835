import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { findLayers, readModel, upgradeOpset, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import type { Preprocess, SynthesisView } from '@neuron-atlas/spec';
import { compileProgram, openProgram } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { parseCodeRange } from '@neuron-atlas/training';

/** How many numbers were looked at, and how many of them lay out of their range. */
export interface Watched {
  readonly out: number;
  readonly of: number;
}

export interface RangesWatched {
  /** Components of the code behind each step, where the view has a code range. */
  readonly code: Watched;
  /** Values of the picture before each step and at the end, in 0..1 before they are rounded to 8 bits. */
  readonly pixels: Watched;
}

export interface Watching {
  readonly model: string;
  readonly preprocess: Preprocess;
  /** Layers, evenly spread over the network, and units of each, from the first on. */
  readonly layers: number;
  readonly units: number;
  readonly view: SynthesisView;
  /** The code range's file. */
  readonly range?: string;
}

/** Ascends once more, a step a run, and looks at every code and every picture on the way. */
export async function watchRanges({ model: path, preprocess, layers: count, units, view, range }: Watching): Promise<RangesWatched> {
  const bytes = await readFile(path);
  const model = upgradeOpset(readModel(bytes, { name: path }));
  const all = findLayers(model), [input] = model.graph.inputs;
  const layers = Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / Math.max(1, count - 1))]!);
  const bounds = range === undefined ? undefined : parseCodeRange(await readFile(range, 'utf8'));
  const files = new Map(await Promise.all([view.priorParams['model'], view.priorParams['range']].filter((name) => typeof name === 'string').map(async (name) => [name, new Uint8Array(await readFile(name))] as const)));
  const [code, pixels] = [{ out: 0, of: 0 }, { out: 0, of: 0 }];
  const look = (picture: Float32Array): void => {
    pixels.of += picture.length;
    for (let at = 0; at < picture.length; at++) if (!(picture[at]! >= 0 && picture[at]! <= 1)) pixels.out++;
  };
  const runtime = watching(await createNodeRuntime({ provider: 'cpu' }), (latent) => {
    if (bounds === undefined) return;
    const values = latent.data as Float32Array, { lower, upper } = bounds;
    code.of += values.length;
    for (let at = 0; at < values.length; at++) if (!(values[at]! >= Math.fround(lower[at % lower.length]!) && values[at]! <= Math.fround(upper[at % upper.length]!))) code.out++;
  });
  for (const { tensor, units: own } of layers) {
    const program = await compileProgram({
      model, modelSha256: createHash('sha256').update(bytes).digest('hex'), tensor, runtime, files, preprocess, view,
      input: { name: input!.name, shape: [1, ...(input!.shape ?? []).slice(1, 2).map(Number), view.size, view.size] },
    });
    await using ascender = await openProgram(runtime, program, { files });
    const shown = Array.from({ length: Math.min(units, own, view.batch) }, (_, unit) => unit);
    const ascents = await ascender.run({ units: shown, seed: 0, steps: view.steps, chunk: 1, onPictures: (_done, pictures) => { look(pictures); } });
    for (const { image } of ascents) look(image);
  }
  return { code, pixels };
}

/** The runtime, with an eye on each latent that goes into a step but the drawn one. */
function watching(runtime: Runtime, onLatent: (latent: Tensor) => void): Runtime {
  return {
    ...runtime,
    load: async (bytes, settings) => {
      const session = await runtime.load(bytes, settings);
      let start: Tensor | undefined;
      return {
        ...session,
        run: async (feeds, outputs) => {
          const latent = feeds['latent'];
          start ??= latent;
          if (latent !== undefined && latent !== start) onLatent(latent);
          return session.run(feeds, outputs);
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}
