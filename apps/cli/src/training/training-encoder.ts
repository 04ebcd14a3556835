import { upgradeOpset, type Model } from '@neuron-atlas/onnx';
import { nearNames, type GeneratorSpec } from '@neuron-atlas/spec';
import { preprocess } from '@neuron-atlas/synthesis';
import type { Encoder } from '@neuron-atlas/training';
import { errors } from '../errors.js';
import type { ModelReport } from '../model-report.js';

/** The encoder of a training: layers by the ids that `inspect` lists, or by tensors. CLI_UNKNOWN_CODE, CLI_COLOUR_MISMATCH. */
export function trainingEncoder({ facts, model: asItIs }: ModelReport, spec: GeneratorSpec['encoder']): Encoder {
  const model = upgradeOpset(asItIs);
  const [, channels, height] = facts.input.shape as [number, number, number, number];
  const wanted = spec.preprocess.color === 'L' ? 1 : 3;
  if (channels !== wanted) throw errors.colourMismatch({ color: spec.preprocess.color, gives: wanted, model: facts.name, wants: channels });
  const tensors = new Set(model.graph.nodes.flatMap(({ outputs }) => outputs));
  const layers = new Map([...facts.layers, ...(facts.twins ?? [])].map(({ id, tensor }) => [id, tensor]));
  const tensorOf = (layer: string): string => {
    const found = layers.get(layer) ?? (tensors.has(layer) ? layer : undefined);
    if (found === undefined) throw errors.unknownCode({ layer, model: facts.name, near: nearNames(layer, [...layers.keys(), ...tensors]) });
    return found;
  };
  const answers = spec.answers === 'none' ? undefined : spec.answers === undefined ? rowsOf(model) : tensorOf(spec.answers);
  return {
    model, input: facts.input.name, side: spec.preprocess.crop ?? height, channels, code: tensorOf(spec.code), answers,
    // Of a layer under two names the last counts.
    comparators: [...new Map(spec.comparators.map(({ layer, weight }) => [tensorOf(layer), weight]))].map(([tensor, weight]) => ({ tensor, weight })),
    preprocess: (g, image) => preprocess(g, image, spec.preprocess),
  };
}

/** The first output, where it is one row a picture. */
function rowsOf({ graph }: Model): string | undefined {
  const [first] = graph.outputs;
  return first?.shape !== undefined && first.shape.length >= 2 && first.shape.slice(2).every((dim) => dim === 1) ? first.name : undefined;
}
