import { tensor } from '@neuron-atlas/onnx';
import { count, nonNegative, positive } from '../params.js';
import { definePrior } from '../prior.js';

/**
 * Free pixels through a sigmoid, kept smooth and small by three steps after each ascent step.
 *
 * The regularisers change the latent itself instead of the score, as the deep-visualization-toolbox does it (Yosinski et
 * al. 2015, section 4): their strength then does not depend on how large the unit's activations happen to be.
 */
export const pixels = definePrior({
  name: 'pixels',
  version: 1,
  summary: 'Free pixels with decay (L2), total variation and blur.',
  source: 'Yosinski et al. 2015, Understanding neural networks through deep visualization, section 4',
  params: {
    scale: positive(0.1, 'Standard deviation of the starting noise, before the sigmoid.'),
    l2: nonNegative(1e-3, 'Share of the latent taken away at each step.'),
    tv: nonNegative(2e-3, 'Step against total variation, in latent units.'),
    blur: nonNegative(0.6, 'Standard deviation of the Gaussian blur, in pixels; 0 turns it off.'),
    blurEvery: count(4, 'Steps between two blurs; 0 turns it off.'),
    jitter: count(4, 'Largest random shift at each step, in pixels.'),
  },
  jitter: (params) => params.jitter,
  latent: ({ canvas }) => [canvas.batch, canvas.channels, canvas.height, canvas.width],
  build: ({ g, latent }) => g.sigmoid(latent),
  constrain: ({ g, latent, step, canvas, params }) => {
    let x = latent;
    if (params.l2 > 0) x = g.mul(x, 1 - params.l2);
    // x ← x − tv · ∂TV/∂x, with TV = Σ √((x[w+1] − x[w])² + ε) over both axes, so that the step is smooth at 0
    if (params.tv > 0) for (const axis of [2, 3]) x = g.sub(x, g.mul(totalVariationGradient(g, x, axis), params.tv));
    if (params.blur > 0 && params.blurEvery > 0) {
      const due = g.less(g.emit('Mod', [step, g.constant(params.blurEvery)], { fmod: { type: 'int', value: 1 } }, [{ dtype: 'f32', shape: [] }])[0]!, 0.5);
      x = g.where(due, gaussianBlur(g, x, canvas.channels, params.blur), x);
    }
    return x;
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.scale * normal()),
});

type Build = Parameters<NonNullable<(typeof pixels)['constrain']>>[0]['g'];
type Latent = Parameters<NonNullable<(typeof pixels)['constrain']>>[0]['latent'];

function totalVariationGradient(g: Build, x: Latent, axis: number): Latent {
  const length = x.shape[axis]!;
  const step = g.sub(g.slice(x, [1], [length], [axis]), g.slice(x, [0], [length - 1], [axis]));
  const slope = g.div(step, g.sqrt(g.add(g.mul(step, step), 1e-4)));
  const pads = (begin: number, end: number): number[] => {
    const all = Array.from({ length: 2 * x.shape.length }, () => 0);
    all[axis] = begin;
    all[axis + x.shape.length] = end;
    return all;
  };
  return g.sub(g.pad(slope, pads(1, 0)), g.pad(slope, pads(0, 1)));
}

/** A separable Gaussian, edges repeated, taps to three standard deviations. */
function gaussianBlur(g: Build, x: Latent, channels: number, sigma: number): Latent {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((a, b) => a + b, 0);
  const data = Float32Array.from({ length: channels * taps.length }, (_, i) => taps[i % taps.length]! / total);
  const padded = g.pad(x, [0, 0, reach, reach, 0, 0, reach, reach], { mode: 'edge' });
  const rows = g.conv(padded, g.constant(tensor('f32', [channels, 1, taps.length, 1], data)), undefined, { group: channels });
  return g.conv(rows, g.constant(tensor('f32', [channels, 1, 1, taps.length], data)), undefined, { group: channels });
}
