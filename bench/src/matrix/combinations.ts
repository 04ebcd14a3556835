import type { Settled } from '@neuron-atlas/plugins';
import { writeNpy } from '@neuron-atlas/priors';
import { builtinPlugins, type PluginFiles } from '@neuron-atlas/synthesis';
import { smallEncoder, smallGenerator } from './small-generator.js';

/** A plugin with params with which it runs on any network for colour pictures. */
export interface Ready {
  readonly name: string;
  readonly params: Settled;
}

/** Contents of the files that the params below name. */
export const matrixFiles = (): PluginFiles => new Map([['a generator', smallGenerator()], ['an encoder', smallEncoder()], ['a picture', writeNpy({ shape: [3, 24, 24], data: waves() })]]);

const priorParams: Readonly<Record<string, Settled>> = {
  accentuation: { picture: 'a picture' },
  generator: { model: 'a generator', fit: 'resize' },
  ppgn: { model: 'a generator', encoder: 'an encoder', fit: 'resize' },
};
const objectiveParams: Readonly<Record<string, Settled>> = {
  caricature: { picture: 'a picture', power: 1 },
  'cosine-direction': { with: '2:0.5' },
  direction: { with: '2:0.5' },
  interpolate: { towards: '2' },
  joint: { others: '2' },
};

export const allPriors: readonly Ready[] = builtinPlugins.priors.all.map(({ name }) => ({ name, params: priorParams[name] ?? {} }));
export const allObjectives: readonly Ready[] = builtinPlugins.objectives.all.map(({ name }) => ({ name, params: objectiveParams[name] ?? {} }));

/** Whether an objective starts from pictures: it goes with priors that can start at one. */
export const startsFromPicture = ({ name }: Ready): boolean => builtinPlugins.objectives.all.find((one) => one.name === name)?.starts !== undefined;
const canStart = ({ name }: Ready): boolean => builtinPlugins.priors.all.find((one) => one.name === name)?.startAt !== undefined;

/** The objectives that go with a prior. */
export const objectivesWith = (prior: Ready): readonly Ready[] => allObjectives.filter((objective) => canStart(prior) || !startsFromPicture(objective));

/** Objectives of one output of a dense layer, which has no map; all others read a map. */
export const isOfHead = ({ name }: Ready): boolean => name === 'logit';

/** f32[3, H, W]: waves of another direction in each colour. */
export function waves(height = 24, width = 24): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    return 0.5 + 0.4 * Math.sin([x, y, x + y][c]! * 0.7);
  });
}
