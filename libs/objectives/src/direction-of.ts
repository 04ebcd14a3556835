import { f32, type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import type { Target } from './objective.js';
import { weightsOf } from './unit-mix.js';

/** f32[N, C, 1]: own · the row's unit + the channels named. */
export function directionOf(g: GraphBuilder, objective: string, target: Target, { own, with: others }: { readonly own: number; readonly with: string }): Value {
  const [batch, channels] = target.mask.shape as [number, number];
  const named = g.constant(f32([1, channels], weightsOf(objective, others, channels, target.tensor)));
  return g.reshape(g.add(g.mul(target.mask, own), named), [batch, channels, 1]);
}
