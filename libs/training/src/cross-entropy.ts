import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

/**
 * Mean over the rows of −Σ target · log softmax(logits); logits and targets f32[N, K], rows of targets sum to one.
 *
 * Written with each row's largest logit taken off first, so that no logit is too large for Exp.
 */
export function crossEntropy(g: GraphBuilder, logits: Value, targets: Value): Value {
  const shifted = g.sub(logits, g.reduceMax(logits, [1], true));
  const logSum = g.log(g.sum(g.exp(shifted), [1], true));
  return g.mean(g.sum(g.mul(targets, g.sub(logSum, shifted)), [1]), [0]);
}
