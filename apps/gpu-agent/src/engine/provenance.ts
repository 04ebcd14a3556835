import type { Runtime } from '@neuron-atlas/onnx';
import type { ShardTask } from '@neuron-atlas/spec';
import type { ProgramMeta } from '@neuron-atlas/synthesis';
import { facetRecord, type Facet } from './facets/facet-of.js';

export interface ProvenanceSource {
  readonly task: ShardTask;
  readonly meta: ProgramMeta;
  readonly programKey: string;
  readonly runtime: Pick<Runtime, 'provider' | 'version'>;
  /** Of this package. */
  readonly version: string;
}

/**
 * All that is needed to make a picture again, as JSON.
 *
 * The order of its keys is fixed, and nothing in it tells when, where or in which attempt it was made: the same picture
 * has the same provenance.
 */
export function provenance({ task, meta, programKey, runtime, version }: ProvenanceSource, seed: number, facet?: Facet): string {
  const { spec, input, modelSha256 } = task.plan;
  const { mean, std, range, color, show } = spec.model.preprocess;
  return JSON.stringify({
    model: { sha256: modelSha256, input: { name: input.name, shape: input.shape }, preprocess: { mean, std, range, color, show } },
    tensor: meta.tensor,
    ...meta.recipe,
    seed,
    ...(facet === undefined ? {} : { facet: facetRecord(facet) }),
    steps: spec.views.synthesis[task.view]!.steps,
    stop: spec.views.synthesis[task.view]!.stop,
    size: { channels: meta.channels, height: meta.height, width: meta.width },
    batch: meta.batch,
    program: programKey,
    provider: runtime.provider,
    runtime: runtime.version,
    neuronAtlas: version,
  });
}
