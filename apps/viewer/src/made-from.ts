import type { SynthesisRow } from '@neuron-atlas/atlas';

/** What a picture was made from, as its provenance says. */
export interface MadeFrom {
  readonly model: { readonly sha256: string; readonly input: { readonly name: string; readonly shape: readonly number[] }; readonly preprocess: unknown };
  readonly tensor: string;
  readonly prior: { readonly name: string; readonly params: Readonly<Record<string, number | string>> };
  readonly objective: { readonly name: string; readonly params: Readonly<Record<string, number | string>> };
  readonly learningRate: number;
  readonly batch?: number;
  /** Of the canvas, which of a model of bands is not that of the stored picture. */
  readonly size?: { readonly width: number };
  /** What else the ascent was put together from; absent in what an older version wrote. */
  readonly regularisers?: readonly Part[];
  readonly transforms?: readonly Part[];
  readonly optimiser?: Part;
  readonly schedule?: Part;
  readonly keep?: 'last' | 'best';
  readonly letThrough?: number;
}

interface Part { readonly name: string; readonly params: Readonly<Record<string, number | string>> }

/** The settings of a view, as a sweep file has them, that a picture was made with beside prior and objective. */
export function viewSettings({ learningRate, regularisers, transforms, optimiser, schedule, keep, letThrough }: MadeFrom): Readonly<Record<string, unknown>> {
  const bare = (part: Part): Part => ({ name: part.name, params: part.params ?? {} });
  return {
    learningRate,
    ...(regularisers === undefined ? {} : { regularisers: regularisers.map(bare) }), ...(transforms === undefined ? {} : { transforms: transforms.map(bare) }),
    ...(optimiser?.params === undefined ? {} : { optimiser: bare(optimiser) }), ...(schedule === undefined ? {} : { schedule: bare(schedule) }), ...(keep === undefined ? {} : { keep }), ...(letThrough === undefined ? {} : { letThrough }),
  };
}

/** The provenance of a picture, read; undefined where another version wrote it in other words. */
export function madeFrom({ provenance }: Pick<SynthesisRow, 'provenance'>): MadeFrom | undefined {
  try {
    const made = JSON.parse(provenance) as Partial<MadeFrom>;
    const isWhole = typeof made.model?.sha256 === 'string' && Array.isArray(made.model.input?.shape) && typeof made.tensor === 'string'
      && typeof made.prior?.name === 'string' && typeof made.objective?.name === 'string' && typeof made.learningRate === 'number';
    return isWhole ? (made as MadeFrom) : undefined;
  } catch {
    return undefined;
  }
}
