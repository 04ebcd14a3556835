import { checkPrior, type CheckPriorOptions } from '@neuron-atlas/testkit';
import { describe } from 'vitest';
import { builtinPriors, writeNpy } from '../index.js';
import { encoderFile, generatorFile, smallCanvas } from '../generator.fixture.js';

const picture = writeNpy({ shape: [3, 5, 4], data: Float32Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) / 60) });
const cases: Readonly<Record<string, CheckPriorOptions>> = {
  accentuation: { params: { picture: 'a picture' }, files: { picture }, canvases: [{ batch: 2, channels: 3, height: 12, width: 10 }], golden: -0.020709 },
  cppn: { golden: -0.00869 },
  fourier: { golden: -0.008381 },
  generator: { params: { model: 'a model', range: 'a range' }, files: { model: generatorFile(), range: new TextEncoder().encode('{"lower":0,"upper":[1,2,3,1,2,3]}') }, canvases: [smallCanvas], golden: 0.001877 },
  maco: { golden: -0.005713 },
  pixels: { golden: -0.010796 },
  ppgn: { params: { model: 'a model', encoder: 'an encoder' }, files: { model: generatorFile(), encoder: encoderFile() }, canvases: [smallCanvas], golden: 0.001877 },
  pyramid: { golden: -0.007122 },
};

describe.each(builtinPriors)('prior $name', (prior) => checkPrior(prior, cases[prior.name]));

const transparent = [{ channels: 4 }, { channels: 2 }, { channels: 6 }].map((one) => ({ batch: 2, height: 12, width: 10, alpha: true, ...one }));
const goldenOf: Readonly<Record<string, number>> = { cppn: -0.002994, fourier: -0.003057, pixels: -0.001198, pyramid: -0.001744 };
describe.each(builtinPriors.filter(({ opacity }) => opacity !== undefined))('prior $name with an alpha channel', (prior) =>
  checkPrior(prior, { params: { alpha: 1 }, canvases: transparent, golden: goldenOf[prior.name]! }));
