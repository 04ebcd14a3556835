import { int, sizeOf, type GraphBuilder, type StaticGraph, type Value } from '@neuron-atlas/onnx';
import { compileTraining, type TrainingProgram } from '../compile-training.js';
import { encode, type Encoder } from './encoder.js';
import type { Network } from './generator-network.js';

/** Weights of the terms; 0 leaves a term out. */
export interface LossWeights {
  readonly image: number;
  readonly feature: number;
  readonly adversarial: number;
}

export interface GeneratorStep {
  readonly encoder: Encoder;
  /** The encoder cut for this batch: code and comparators. */
  readonly cut: StaticGraph;
  readonly generator: Network;
  readonly discriminator: Network;
  readonly loss: LossWeights;
  /** Shape of a batch of pictures. */
  readonly pictures: readonly number[];
  /** Mean variance of a component, over the data: of the pictures, and of the code and each comparator by its name. */
  readonly variance: { readonly pictures: number; readonly values: ReadonlyMap<string, number> };
  /** The discriminator's learning rate as a multiple of the generator's. */
  readonly discriminatorRate: number;
}

/**
 * One step of the training of Dosovitskiy and Brox (2016), of pictures x with codes c = E(x):
 *
 * λ_image · ‖G(c) − x‖² / var x + λ_feature · weighted mean over comparators ‖C(G(c)) − C(x)‖² / var C + λ_adversarial · mean −log D(G(c)),
 * and for the discriminator mean −log D(x) + mean −log(1 − D(G(c))).
 *
 * Errors are shares of the variance, where the source has sums of squares: weights then mean the same for any encoder.
 */
export function compileGeneratorStep({ encoder, cut, generator, discriminator, loss: weights, pictures, variance, discriminatorRate }: GeneratorStep): TrainingProgram {
  const adversarial = weights.adversarial > 0;
  return compileTraining({
    parameters: [...generator.parameters, ...(adversarial ? discriminator.parameters : [])],
    build: ({ g, parameter }) => {
      const x = g.input('pictures', 'f32', pictures);
      const real = encode(g, cut, encoder, x);
      const image = g.within('generator', () => generator.build(g, real(encoder.code), parameter));
      const terms: Record<string, Value> = {};
      if (weights.image > 0) terms['image'] = g.mul(meanSquare(g, image, x), 1 / variance.pictures);
      if (weights.feature > 0) {
        const fake = encode(g, cut, encoder, image);
        const whole = encoder.comparators.reduce((sum, { weight }) => sum + weight, 0);
        const parts = encoder.comparators.map(({ tensor, weight }) => g.mul(meanSquare(g, fake(tensor), real(tensor)), weight / (variance.values.get(tensor)! * whole)));
        terms['feature'] = parts.reduce((sum, part) => g.add(sum, part));
      }
      // −log D = softplus(−logit), −log(1 − D) = softplus(logit)
      const judge = (value: Value): Value => discriminator.build(g, value, parameter);
      const verdict = adversarial ? judge(image) : undefined;
      if (verdict !== undefined) terms['adversarial'] = meanSoftplus(g, g.neg(verdict));
      const weighted = (Object.keys(terms) as (keyof LossWeights)[]).map((name) => g.mul(terms[name]!, weights[name]));
      const loss = weighted.reduce((sum, term) => g.add(sum, term));
      if (verdict === undefined) return { loss, metrics: terms };
      const against = g.add(meanSoftplus(g, g.neg(judge(x))), meanSoftplus(g, verdict));
      const names = discriminator.parameters.map(({ name }) => name);
      return { loss, metrics: { ...terms, discriminator: against }, goals: [{ loss: against, parameters: names, constant: [image], rate: discriminatorRate }] };
    },
  });
}

/** Squared inside the sum: a product's gradient would take two more passes over maps of a million numbers. */
function meanSquare(g: GraphBuilder, a: Value, b: Value): Value {
  const difference = g.sub(a, b);
  const sum = g.emit('ReduceSumSquare', [difference], { keepdims: int(0) }, [{ dtype: difference.dtype, shape: [] }])[0]!;
  return g.mul(sum, 1 / sizeOf(difference.shape));
}

const meanSoftplus = (g: GraphBuilder, x: Value): Value => g.mean(g.unary('Softplus', x), x.shape.map((_, axis) => axis));
