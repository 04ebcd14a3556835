import type { SynthesisRow } from '@neuron-atlas/atlas';

/** What a picture was made from, as its provenance says. */
export interface MadeFrom {
  readonly model: { readonly sha256: string; readonly input: { readonly name: string; readonly shape: readonly number[] }; readonly preprocess: unknown };
  readonly tensor: string;
  readonly prior: { readonly name: string; readonly params: Readonly<Record<string, number>> };
  readonly objective: { readonly name: string; readonly params: Readonly<Record<string, number>> };
  readonly learningRate: number;
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
