import type { LayerRow, SynthesisRow, UnitRow } from '@neuron-atlas/atlas';

/** What the commands read of an atlas. */
export interface AtlasReader {
  readonly manifest: {
    readonly model: { readonly sha256: string };
    readonly spec: unknown;
    /** The data set that was read, named by its list. */
    readonly dataset?: { readonly list: string };
    /** Units by health; `failed` are those whose shard was given up. */
    readonly totals: { readonly layers: number; readonly units: number; readonly healthy: number; readonly dead: number; readonly flagged: number; readonly failed: number };
  };
  layers(): Promise<readonly LayerRow[]>;
  units(layer: string): Promise<readonly UnitRow[]>;
  synthesis(layer: string, unit: number): Promise<readonly SynthesisRow[]>;
}
