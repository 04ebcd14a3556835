import { sizeOf, tensor, type Model } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';

/** A network as it is before any training: weights N(0, 2 ÷ fan-in) (He et al. 2015), biases 0, everything else as it is. */
export function redrawn(model: Model, seed: number): Model {
  const { normal } = randomStream(seed, 'weights');
  const initializers = new Map([...model.graph.initializers].map(([name, value]) => {
    if (value.dtype !== 'f32' || value.shape.length === 0) return [name, value] as const;
    const fanIn = sizeOf(value.shape.slice(1));
    const data = Float32Array.from({ length: sizeOf(value.shape) }, () => (value.shape.length === 1 ? 0 : normal() * Math.sqrt(2 / fanIn)));
    return [name, tensor('f32', value.shape, data)] as const;
  }));
  return { ...model, graph: { ...model.graph, initializers } };
}
