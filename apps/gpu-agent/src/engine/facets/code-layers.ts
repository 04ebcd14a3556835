import type { TrackedLayer } from '@neuron-atlas/exemplars';
import { findLayers, layerInputs, type Model } from '@neuron-atlas/onnx';
import type { LayerPlan } from '@neuron-atlas/spec';

/**
 * The layers whose units tell what a layer's own unit answers to: those that it reads (of a class its features, as in Nguyen et al.
 * 2016), or itself where no layer comes before it, or where it is another name for units of others.
 */
export function codeLayers(model: Model, layer: LayerPlan): readonly TrackedLayer[] {
  const all = findLayers(model);
  const own = all.find(({ tensor }) => tensor === layer.tensor);
  const read = own === undefined ? [] : layerInputs(model, all).get(own.id) ?? [];
  return read.length === 0 ? [layer] : all.filter(({ id }) => read.includes(id));
}
