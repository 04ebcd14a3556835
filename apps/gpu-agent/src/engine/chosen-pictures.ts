import { decodePicture, openDataset, type DecodedPicture } from '@neuron-atlas/exemplars/node';
import type { SweepPlan } from '@neuron-atlas/spec';
import { errors } from '../errors.js';
import { sha256 } from './content-cache.js';
import type { NaturalDeps } from './run-exemplars.js';

/** A picture that was chosen before, as exemplars name it. */
export interface ChosenPicture {
  readonly item: number;
  readonly sha256: string;
}

/** Finds chosen pictures again, as the model saw them. AGENT_SAMPLE_CHANGED where a file is not the same any more. */
export async function openChosen(deps: NaturalDeps, plan: SweepPlan, signal: AbortSignal): Promise<(of: ChosenPicture) => Promise<DecodedPicture>> {
  const { color, resize } = plan.spec.model.preprocess;
  const [height, width] = plan.input.shape.slice(2) as [number, number];
  const how = { preprocess: { color, resize }, input: { height, width } };
  const dataset = await openDataset(await deps.openStore(plan.dataset!.location), deps.store, { sha256: plan.dataset!.index }, sha256, signal);
  return ({ item, sha256: expected }) => deps.pictures.get(JSON.stringify([expected, how]), async () => {
    const sample = await dataset.at(item, signal);
    const content = await sample.read(signal);
    const actual = sha256(content);
    if (actual !== expected) throw errors.sampleChanged({ id: sample.id, expected, actual });
    return decodePicture(content, sample.id, how);
  });
}
