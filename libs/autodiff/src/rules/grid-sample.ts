import { int, string, stringOr } from '@neuron-atlas/onnx';
import { gridSampler, type Sampling } from '../grid-sampler.js';
import { defineVjp, type Example } from '../rule.js';

export const gridSample = defineVjp({
  op: 'GridSample',
  since: [16, 20, 22],
  inputs: ['x', 'grid'],
  outputs: ['y'],
  refuses: ({ attrs }) => (modes[stringOr(attrs, 'mode', 'linear')] === undefined ? `its mode is ${stringOr(attrs, 'mode', '')}` : undefined),
  vjp: (ctx) => {
    const { g, node, attrs, inputs: { x, grid }, grads: { y: dy } } = ctx;
    const sampler = gridSampler(g, { node, x, grid, mode: modes[stringOr(attrs, 'mode', 'linear')]!, padding: stringOr(attrs, 'padding_mode', 'zeros') as Sampling['padding'], corners: attrs['align_corners']?.type === 'int' && attrs['align_corners'].value === 1 });
    return { x: () => sampler().image(dy), grid: () => sampler().grid(dy) };
  },
  examples: [
    sampled('bilinear', 'zeros', 0), sampled('bilinear', 'zeros', 1), sampled('bilinear', 'border', 0), sampled('bilinear', 'reflection', 0), sampled('bilinear', 'reflection', 1),
    sampled('nearest', 'zeros', 0), sampled('nearest', 'border', 1), sampled('bicubic', 'zeros', 0), sampled('bicubic', 'border', 1), sampled('bicubic', 'reflection', 0),
    { ...sampled('linear', 'border', 0), opset: 20 }, { ...sampled('cubic', 'reflection', 1), opset: 20 },
  ],
});

/** The names since opset 16 and since opset 20. */
const modes: Readonly<Record<string, Sampling['mode'] | undefined>> = { bilinear: 'linear', linear: 'linear', nearest: 'nearest', bicubic: 'cubic', cubic: 'cubic' };

/** Places inside and outside a picture of 5 × 4, away from where a sample passes from one element to the next. */
function sampled(mode: string, padding: string, corners: number): Example {
  const avoid = (mode === 'nearest' ? (corners === 1 ? [0.25, 0.75, 1.25, 0, 2 / 3, 4 / 3] : [0, 0.5, 1, 0.2, 0.6, 1.4])
    : corners === 1 ? [0, 0.5, 1, 1 / 3, 1.5] : [0.25, 0.75, 1.25, 0, 0.4, 0.8, 1.2, 1]);
  return {
    shapes: [[2, 3, 5, 4], [2, 3, 2, 2]], ranges: { grid: [-1.4, 1.4] }, avoid: [...avoid, ...avoid.map((kink) => -kink)],
    ...(mode.startsWith('bi') ? { lastOpset: 19 } : {}),
    attrs: { mode: string(mode), padding_mode: string(padding), align_corners: int(corners) },
  };
}
