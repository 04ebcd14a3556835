import { int, type GraphBuilder, type Value } from '@neuron-atlas/onnx';

/** The share of rows, 0..1, whose largest logit stands where the target is largest; both f32[N, K]. The first of equals counts. */
export function accuracy(g: GraphBuilder, logits: Value, targets: Value): Value {
  const best = (x: Value): Value => g.emit('ArgMax', [x], { axis: int(1), keepdims: int(0) }, [{ dtype: 'i64', shape: [x.shape[0]!] }])[0]!;
  return g.mean(g.cast(g.equal(best(logits), best(targets)), 'f32'), [0]);
}
