import { intOr } from '../attribute.js';
import { sizeOf } from '../tensor.js';
import type { StaticGraph } from './static-graph.js';

/** Multiply-adds of one forward pass by node name, for the operators that hold nearly all of them: Conv, ConvTranspose, Gemm, MatMul. */
export function multiplyAdds(graph: StaticGraph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const shape = (name: string | undefined): readonly number[] => graph.types.get(name ?? '')?.shape ?? [];
  for (const node of graph.nodes) {
    if (node.domain !== '') continue;
    const [x, w, y] = [shape(node.inputs[0]), shape(node.inputs[1]), shape(node.outputs[0])];
    if (node.op === 'Conv') counts.set(node.name, sizeOf(y) * sizeOf(w.slice(1)));
    else if (node.op === 'ConvTranspose') counts.set(node.name, sizeOf(x) * sizeOf(w.slice(1)));
    else if (node.op === 'MatMul') counts.set(node.name, sizeOf(y) * (x.at(-1) ?? 1));
    else if (node.op === 'Gemm') counts.set(node.name, sizeOf(y) * x[intOr(node.attrs, 'transA', 0) === 1 ? 0 : 1]!);
  }
  return counts;
}
