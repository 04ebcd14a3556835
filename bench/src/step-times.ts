import { gradients } from '@neuron-atlas/autodiff';
import { foldBatchNorm, graft, GraphBuilder, multiplyAdds, sizeOf, specialize, tensor, writeModel, type Model, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { timeRuns } from './time-runs.js';

export interface StepTimes {
  /** Median milliseconds of the forward pass, and of value and gradient. */
  readonly forward: number;
  readonly both: number;
  /** Multiply-adds of the forward pass; a gradient with respect to the picture takes as many again. */
  readonly multiplyAdds: number;
}

/** What a forward pass up to a layer takes, and what it takes with the gradient of the layer's first channel with respect to the picture. */
export async function stepTimes(model: Model, input: string, shape: readonly number[], layer: string, runtime: Runtime): Promise<StepTimes> {
  const cut = foldBatchNorm(await specialize(model, { input, shape, outputs: [layer], runtime }));
  const { normal } = randomStream(0, 'bench');
  const feeds: Record<string, Tensor> = { x: tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => normal())) };
  const time = async (withGradient: boolean): Promise<number> => {
    const g = new GraphBuilder({ opset: cut.opset });
    const x = g.input('x', 'f32', shape);
    const act = graft(g, cut, x)(layer);
    // The first channel of the layer, averaged over its map: the seed costs nothing beside the network.
    const seed = tensor('f32', act.shape, Float32Array.from({ length: sizeOf(act.shape) }, (_, i) => (Math.floor(i / sizeOf(act.shape.slice(2))) % act.shape[1]! === 0 ? 1 : 0)));
    const outputs = withGradient ? [act, gradients(g, { of: act, seed: g.constant(seed, 'seed'), wrt: [x] })[0]!] : [act];
    const bytes = writeModel({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('step', outputs) });
    await using session = await runtime.load(bytes);
    return await timeRuns(() => session.run(feeds));
  };
  return { forward: await time(false), both: await time(true), multiplyAdds: [...multiplyAdds(cut).values()].reduce((a, b) => a + b, 0) };
}
