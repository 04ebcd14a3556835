import { float, type GraphBuilder, sizeOf, type Value } from '@neuron-atlas/onnx';
import { errors } from './errors.js';
import type { Target } from './objective.js';

/** The activations of a layer as f32[N, C, P], P places; a dense layer has one. OBJECTIVES_WRONG_RANK for a value without channels. */
export function mapOf(g: GraphBuilder, objective: string, target: Pick<Target, 'tensor'>, act: Value): Value {
  if (act.shape.length < 2) throw errors.wrongRank({ objective, tensor: target.tensor, shape: act.shape, needs: 'a batch of channels' });
  return g.reshape(act, [act.shape[0]!, act.shape[1]!, sizeOf(act.shape.slice(2))]);
}

/** What the model goes on with: with a small slope below zero where a rectifier follows, which shows a shut unit the way up. */
export const seenBy = (g: GraphBuilder, target: Target, leak: number, act: Value): Value =>
  (target.rectified && leak < 1 ? g.unary('LeakyRelu', act, { alpha: float(leak) }) : act);
