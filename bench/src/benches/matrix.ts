import { readFile } from 'node:fs/promises';
import { readModel, upgradeOpset } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { allObjectives, allPriors, isOfHead, matrixFiles, objectivesWith } from '../matrix/combinations.js';
import { layersOfMatrix } from '../matrix/layers-of-matrix.js';
import { tryCombination, type Tried } from '../matrix/try-combination.js';

const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB' } as const;

/**
 * Every prior with every objective that it can go with, on a layer in the middle of a network and, for objectives of dense layers, on its head: some steps
 * each, twice from one seed. Prints a table: the score at the start and at the end, or what is wrong; ends with code 1 where anything is.
 */
export async function matrix([path, size = '64', steps = '3']: readonly string[]): Promise<void> {
  if (path === undefined) throw new Error('usage: npm run bench -- matrix MODEL [SIZE [STEPS]]');
  const runtime = await createNodeRuntime({ provider: 'cpu' });
  const model = upgradeOpset(readModel(await readFile(path), { name: path }));
  const { middle, head } = await layersOfMatrix(model, { size: Number(size), preprocess: photographs, runtime });
  console.log(`${path.split('/').at(-1)}, ${middle.id}, for logit ${head.id}; ${steps} steps, canvas ${size} where it is free\n`);
  console.log(`| | ${allObjectives.map(({ name }) => `\`${name}\``).join(' | ')} |\n|${'---|'.repeat(allObjectives.length + 1)}`);
  const all: Tried[] = [];
  for (const prior of allPriors) {
    const row: Tried[] = [];
    for (const objective of objectivesWith(prior)) row.push(await tryCombination(prior, objective, { layer: isOfHead(objective) ? head : middle, steps: Number(steps), files: matrixFiles(), runtime }));
    console.log(`| \`${prior.name}\` | ${allObjectives.map(({ name }) => cellOf(row.find(({ objective }) => objective === name))).join(' | ')} |`);
    all.push(...row);
  }
  const wrong = all.filter(({ faults }) => faults.length > 0);
  console.log(`\n${all.length - wrong.length} of ${all.length} run, finite and the same twice; ${(all.reduce((sum, { seconds }) => sum + seconds, 0)).toFixed(0)} s`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Empty for an objective that does not go with the prior. */
function cellOf(tried: Tried | undefined): string {
  if (tried === undefined) return '';
  const { faults, scoreStart, score } = tried;
  return faults.length > 0 ? faults.join('; ') : `${scoreStart.toPrecision(3)} → ${score.toPrecision(3)}`;
}
