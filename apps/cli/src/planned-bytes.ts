import type { LayerPlan, Stage, SweepPlan } from '@neuron-atlas/spec';
import { plannedUnits } from './load-plan.js';

/** Bytes of a PNG for each pixel of the canvas: synthesised pictures are noisy, 128 × 128 of them take about 30 kB. */
const pngBytesPerPixel = 1.8;
/** Of a crop that is kept exactly, up to 64 × 64 pixels, and of a larger one, a JPEG: averages over the 90,712 crops of squeezenet1_1 and 1,000 photographs were within a third of this in each layer; the test has some of them. */
const exactCrop = { most: 64 * 64, header: 100, perPixel: 2.1 };
const largeCrop = { header: 700, perPixel: 0.21 };
/** What a range of the data set leaves of each unit until it is merged. */
const tallyBytes = 5500;
/** A unit's numbers, words and neighbours. */
const rowBytes = 600;

/** What a stage of a sweep writes, roughly. */
export function plannedBytes(plan: SweepPlan, stage: Stage, shards: number): number {
  const { synthesis, exemplars, projections } = plan.spec.views;
  const units = plan.layers.reduce((sum, layer) => sum + plannedUnits(layer), 0);
  const counts = { top: exemplars?.top ?? 0, bottom: exemplars?.bottom ?? 0, quantile: exemplars?.quantiles ?? 0 };
  const crops = (each: number): number => (plan.spec.publish === 'links' ? 0 : plan.layers.reduce((sum, layer) => sum + plannedUnits(layer) * each * cropBytes(plan, layer), 0));
  switch (stage) {
    case 'exemplars': return shards * units * tallyBytes;
    case 'merge': return Math.round(crops(counts.top + counts.bottom + counts.quantile)) + units * rowBytes;
    case 'projections': return Math.round(crops((projections?.kinds ?? []).reduce((sum, kind) => sum + counts[kind], 0)));
    case 'synthesis': return Math.round(units * synthesis.reduce((sum, view) => sum + view.seeds.length * view.size ** 2 * pngBytesPerPixel, 0));
    default: return units * rowBytes;
  }
}

/** A unit in the middle of its layer sees so much of the picture; where nobody knows how much, all of it. */
function cropBytes({ input }: SweepPlan, { field }: LayerPlan): number {
  const whole = input.shape.slice(2);
  const pixels = (field?.kind === 'window' ? whole.map((side, axis) => Math.min(side, field.size[axis]!)) : whole).reduce((a, b) => a * b, 1);
  return pixels <= exactCrop.most ? exactCrop.header + exactCrop.perPixel * pixels : largeCrop.header + largeCrop.perPixel * pixels;
}
