import { gradients } from '@neuron-atlas/autodiff';
import { foldBatchNorm, graft, GraphBuilder, multiplyAdds, sizeOf, specialize, tensor, writeModel, type Model, type Runtime, type Session, type Tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { timeInTurn } from './time-runs.js';

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
  const load = async (withGradient: boolean): Promise<Session> => {
    const g = new GraphBuilder({ opset: cut.opset });
    const x = g.input('x', 'f32', shape);
    const act = graft(g, cut, x)(layer);
    // The first channel of the layer, averaged over its map: the seed costs nothing beside the network.
    const seed = tensor('f32', act.shape, Float32Array.from({ length: sizeOf(act.shape) }, (_, i) => (Math.floor(i / sizeOf(act.shape.slice(2))) % act.shape[1]! === 0 ? 1 : 0)));
    const outputs = withGradient ? [act, gradients(g, { of: act, seed: g.constant(seed, 'seed'), wrt: [x] })[0]!] : [act];
    return await runtime.load(writeModel({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('step', outputs) }));
  };
  await using alone = await load(false);
  await using withGradient = await load(true);
  const [forward, both] = await timeInTurn([alone, withGradient].map((session) => () => session.run(feeds))) as [number, number];
  return { forward, both, multiplyAdds: [...multiplyAdds(cut).values()].reduce((a, b) => a + b, 0) };
}
