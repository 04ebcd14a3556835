import { readExemplars, type ExemplarFacts } from '@neuron-atlas/atlas';
import type { PixelBox } from '@neuron-atlas/exemplars';
import type { DecodedPicture } from '@neuron-atlas/exemplars/node';
import { luminanceOf, patchBox, radialSpectrum } from '@neuron-atlas/quality';
import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { randomStream } from '@neuron-atlas/synthesis';
import { openChosen, type ChosenPicture } from '../chosen-pictures.js';
import type { EngineJob } from '../protocol.js';
import type { NaturalDeps } from '../run-exemplars.js';
import type { Patch } from './picture-features.js';

/** The data set's pictures as a layer is measured against them. */
export interface NaturalPictures {
  /** Patches of pictures at large: what a judge takes for usual. */
  readonly usual: readonly Patch[];
  /** What the exemplars of a unit show it: around the place of its peak; of bottom ones, which no place excites more, around any. */
  exemplars(units: readonly [start: number, end: number]): Promise<ReadonlyMap<number, { readonly top: readonly Patch[]; readonly bottom: readonly Patch[] }>>;
  /** Mean power by frequency of pictures at large. */
  spectrum(side: number): Promise<Float64Array>;
}

/** So many pictures of the data set stand for it, those whose content has the smallest sha256: a random sample. */
const usualPictures = 48;

/** `side`: of the square patches by which the layer is judged, in pixels of the model's input. */
export async function naturalPictures(deps: NaturalDeps, { plan, layer, manifest, side }: { readonly plan: SweepPlan; readonly layer: LayerPlan; readonly manifest: EngineJob['manifest']; readonly side: number }, signal: AbortSignal): Promise<NaturalPictures> {
  const { top, bottom } = plan.spec.views.exemplars!;
  const picture = await openChosen(deps, plan, signal);
  const tally = await deps.tallies.get(deps.store, manifest, layer.id, { units: layer.units, top, bottom }, signal);
  const sampled = tally.sampled.slice(0, usualPictures).map(({ sample }) => sample);
  const anywhere = ({ input }: DecodedPicture, purpose: string): PixelBox => {
    const { uniform } = randomStream(0, `quality/${layer.id}/${purpose}`);
    return patchBox({ x: uniform() * input.width, y: uniform() * input.height }, side, input);
  };
  const patch = (of: ChosenPicture, key: string, box: (picture: DecodedPicture) => PixelBox): Patch => ({
    key: `${of.sha256} ${key}`,
    load: async () => {
      const decoded = await picture(of);
      return { picture: decoded.input, box: box(decoded) };
    },
  });
  const ofExemplar = (exemplar: ExemplarFacts): Patch => {
    const { kind, rank, unit, inputBox: { x0, y0, x1, y1 }, sampleSha256, sampleItem } = exemplar;
    const of = { sha256: sampleSha256, item: sampleItem };
    if (kind === 'bottom') return patch(of, `any ${unit} ${rank}`, (decoded) => anywhere(decoded, `${unit} ${rank}`));
    const centre = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
    return patch(of, `${centre.x} ${centre.y}`, ({ input }) => patchBox(centre, side, input));
  };
  return {
    usual: sampled.map((sample, i) => patch(sample, `usual ${i}`, (decoded) => anywhere(decoded, `usual ${i}`))),
    async exemplars(units) {
      const found = new Map<number, { top: Patch[]; bottom: Patch[] }>();
      for (const exemplar of await readExemplars({ store: deps.store, objects: manifest }, layer.id, units, signal)) {
        if (exemplar.kind === 'quantile') continue;
        const own = found.get(exemplar.unit) ?? { top: [], bottom: [] };
        own[exemplar.kind].push(ofExemplar(exemplar));
        found.set(exemplar.unit, own);
      }
      return found;
    },
    async spectrum(window) {
      const mean = new Float64Array(window / 2);
      for (const sample of sampled) radialSpectrum(luminanceOf((await picture(sample)).input), window).forEach((power, i) => { mean[i]! += power / sampled.length; });
      return mean;
    },
  };
}
