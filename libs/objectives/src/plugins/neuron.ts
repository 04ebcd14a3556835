import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Param } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { defineObjective } from '../objective.js';

const position = (axis: string): Param<number> => ({
  default: -1,
  doc: `${axis} in the layer's map, from 0; -1 is the centre, the lower right of the middle four when the size is even.`,
  check: (value) => Number.isSafeInteger(value) && value >= -1,
});

/** One channel at one position of its map; of token features, at one token. */
export const neuron = defineObjective({
  name: 'neuron',
  version: 1,
  summary: 'One channel at one position, a channel per batch row.',
  source: 'Erhan et al. 2009, Visualizing higher-layer features of a deep network; position as in Lucid objectives.neuron',
  params: {
    y: position('Row'), x: position('Column'),
    token: {
      default: -1,
      doc: 'Of token features, which token, from 0 (a class token comes first); -1 is that of y and x in the grid of the last tokens, as many as make a square.',
      check: (value: number) => Number.isSafeInteger(value) && value >= -1,
    },
  },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const act = tap(target.tensor);
    if (act.shape.length === 2) return g.sum(g.mul(act, target.mask), [1]);
    if (act.shape.length === 3) return g.sum(g.mul(g.reshape(tokenOf(g, act, target.tensor, params), act.shape.slice(0, 2)), target.mask), [1]);
    if (act.shape.length !== 4) throw errors.wrongRank({ objective: 'neuron', tensor: target.tensor, shape: act.shape, needs: 'f32[N, C], f32[N, C, T] or f32[N, C, H, W]' });
    const [batch, channels, height, width] = act.shape as [number, number, number, number];
    const y = params.y === -1 ? Math.floor(height / 2) : params.y;
    const x = params.x === -1 ? Math.floor(width / 2) : params.x;
    if (y >= height || x >= width) throw errors.outside({ objective: 'neuron', tensor: target.tensor, y, x, shape: act.shape });
    const here = g.reshape(g.slice(act, [y, x], [y + 1, x + 1], [2, 3]), [batch, channels]);
    return g.sum(g.mul(here, target.mask), [1]);
  },
});

/** f32[N, C, 1] of f32[N, C, T]. */
function tokenOf(g: GraphBuilder, act: Value, tensor: string, params: { readonly y: number; readonly x: number; readonly token: number }): Value {
  const tokens = act.shape[2]!;
  const side = Math.floor(Math.sqrt(tokens));
  const [y, x] = [params.y, params.x].map((at) => (at === -1 ? Math.floor(side / 2) : at)) as [number, number];
  const token = params.token !== -1 ? params.token : tokens - side * side + y * side + x;
  if (token >= tokens || (params.token === -1 && (y >= side || x >= side))) throw errors.outside({ objective: 'neuron', tensor, y: params.token === -1 ? y : 0, x: params.token === -1 ? x : token, shape: act.shape });
  return g.slice(act, [token], [token + 1], [2]);
}
