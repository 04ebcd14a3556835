import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { allPriors, isOfHead, matrixFiles, objectivesWith } from './combinations.js';
import { layersOfMatrix } from './layers-of-matrix.js';
import { tryCombination } from './try-combination.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const model = readModel(readFileSync(fileURLToPath(new URL('../../../examples/demo/demo.onnx', import.meta.url))));
const layers = await layersOfMatrix(model, { size: 32, preprocess: { mean: [0.5], std: [0.5], range: [0, 1], color: 'RGB' }, runtime });

describe.each(allPriors)('prior $name, on the demo network,', (prior) => {
  it.each(objectivesWith(prior))('climbs for objective $name: finite, the same twice from one seed', async (objective) => {
    const tried = await tryCombination(prior, objective, { layer: isOfHead(objective) ? layers.head : layers.middle, steps: 2, files: matrixFiles(), runtime });
    expect(tried.faults).toEqual([]);
  });
});
