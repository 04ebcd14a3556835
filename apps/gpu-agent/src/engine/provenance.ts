import type { Runtime } from '@neuron-atlas/onnx';
import type { ShardTask } from '@neuron-atlas/spec';
import { adam, type ProgramMeta } from '@neuron-atlas/synthesis';

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
export function provenance({ task, meta, programKey, runtime, version }: ProvenanceSource, seed: number): string {
  const { spec, input, modelSha256 } = task.plan;
  const { mean, std, range, color } = spec.model.preprocess;
  return JSON.stringify({
    model: { sha256: modelSha256, input: { name: input.name, shape: input.shape }, preprocess: { mean, std, range, color } },
    tensor: meta.tensor,
    prior: { name: meta.prior.name, version: meta.prior.version, params: sorted(meta.prior.params) },
    objective: { name: meta.objective.name, version: meta.objective.version, params: sorted(meta.objective.params) },
    seed,
    steps: spec.views.synthesis[task.view]!.steps,
    size: { channels: meta.channels, height: meta.height, width: meta.width },
    batch: meta.batch,
    learningRate: meta.learningRate,
    optimiser: { name: 'adam', ...adam },
    program: programKey,
    provider: runtime.provider,
    runtime: runtime.version,
    neuronAtlas: version,
  });
}

const sorted = (params: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
