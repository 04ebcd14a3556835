/** A way of making pictures that is compared with others: its name in the table, and what a spec says of it. */
export interface ComparedView {
  readonly name: string;
  readonly view: Readonly<Record<string, unknown>>;
}

/**
 * Every prior that needs nothing but the model, with what goes with it, and the toolbox's usual preset by steps of one length, which suit every layer
 * (docs/priors.md). A generator is one network's own (`generatorView`).
 */
export const comparedViews: readonly ComparedView[] = [
  { name: 'fourier', view: { prior: 'fourier' } },
  { name: 'pyramid', view: { prior: 'pyramid' } },
  { name: 'pixels', view: { prior: 'pixels' } },
  { name: 'toolbox-c', view: { recipe: 'toolbox-c', optimiser: { name: 'sgd', normalise: 'norm' }, learningRate: 300 } },
  { name: 'cppn', view: { prior: 'cppn' } },
  { name: 'maco', view: { prior: 'maco' } },
];
