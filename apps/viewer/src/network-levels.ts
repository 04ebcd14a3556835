import type { AtlasLayer } from '@neuron-atlas/atlas';

/**
 * The layers by their longest way from the picture: a layer lies below all that it reads, branches beside each other.
 *
 * Where nobody recorded what a layer reads, it follows the one before it. A layer that is read but not in the atlas does not count.
 */
export function levelsOf<L extends Pick<AtlasLayer, 'id' | 'inputs'>>(layers: readonly L[]): readonly (readonly L[])[] {
  const depth = new Map<string, number>();
  const levels: L[][] = [];
  layers.forEach((layer, i) => {
    const inputs = layer.inputs ?? (i === 0 ? [] : [layers[i - 1]!.id]);
    const level = Math.max(-1, ...inputs.map((input) => depth.get(input) ?? -1)) + 1;
    depth.set(layer.id, level);
    (levels[level] ??= []).push(layer);
  });
  return levels;
}
