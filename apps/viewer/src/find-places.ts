import type { AtlasLayer } from '@neuron-atlas/atlas';

/** A layer, or a unit of it, that fits what was typed. */
export interface Place {
  readonly layer: string;
  readonly unit: number | undefined;
}

/**
 * Layers and units by name and number: `conv4`, `conv4/17`, `conv4 17`, or a number alone for that unit of every layer.
 *
 * A name need not be whole; layers whose name begins with it come first, in the model's order.
 */
export function findPlaces(layers: readonly Pick<AtlasLayer, 'id' | 'selected'>[], typed: string): readonly Place[] {
  const text = typed.trim().toLowerCase();
  if (text === '') return [];
  const hasUnit = (layer: Pick<AtlasLayer, 'selected'>, unit: number): boolean => layer.selected.some(([start, end]) => start <= unit && unit < end);
  if (/^\d{1,9}$/.test(text)) return layers.filter((layer) => hasUnit(layer, Number(text))).map(({ id }) => ({ layer: id, unit: Number(text) }));
  // The longest reading as a name wins: layers may have digits and slashes of their own.
  const whole = named(layers, text);
  const [, name, digits] = /^(.*?)[\s/:#]+(\d{1,9})$/.exec(text) ?? [];
  const unit = Number(digits);
  const units = name === undefined ? [] : named(layers, name).filter((layer) => hasUnit(layer, unit)).map(({ id }) => ({ layer: id, unit }));
  return [...units, ...whole.map(({ id }) => ({ layer: id, unit: undefined }))];
}

function named<L extends Pick<AtlasLayer, 'id'>>(layers: readonly L[], name: string): readonly L[] {
  const rank = ({ id }: L): number => { const at = id.toLowerCase().indexOf(name); return id.toLowerCase() === name ? 0 : at === 0 ? 1 : at > 0 ? 2 : 3; };
  return layers.map((layer) => ({ layer, at: rank(layer) })).filter(({ at }) => at < 3).sort((a, b) => a.at - b.at).map(({ layer }) => layer);
}
