import type { Dataset } from '@neuron-atlas/exemplars';
import { errors } from '../errors.js';
import { sha256 } from './content-cache.js';

/** The content of a picture that was chosen before. AGENT_SAMPLE_CHANGED where it is not the same any more. */
export async function sampleContent(dataset: Dataset, chosen: { readonly item: number; readonly sha256: string }, signal: AbortSignal): Promise<{ readonly id: string; readonly content: Uint8Array }> {
  const sample = await dataset.at(chosen.item, signal);
  const content = await sample.read(signal);
  const found = sha256(content);
  if (found !== chosen.sha256) throw errors.sampleChanged({ id: sample.id, expected: chosen.sha256, actual: found });
  return { id: sample.id, content };
}
