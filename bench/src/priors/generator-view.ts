import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCodeRange } from '@neuron-atlas/training';

/**
 * Mean size of an ascent's first step in the code, in standard deviations of a component. Of a code from behind a rectifier a good
 * half stays clipped at 0; one that goes below zero moves as a whole, and steps as large lead to black and white.
 */
const firstStep = { rectified: 0.15, signed: 0.03 };

export interface GeneratorView {
  readonly name: string;
  /** The code range's file. */
  readonly range: string;
  readonly view: { readonly prior: string; readonly recipe: string; readonly priorParams: Readonly<Record<string, string>>; readonly learningRate: number };
}

/** The prior `generator` by what a training left in a folder: DGN-AM at a rate that suits its codes, the picture at the size of the canvas. */
export async function generatorView(folder: string): Promise<GeneratorView> {
  const range = join(folder, 'code-range.json');
  const { std, rectified } = parseCodeRange(await readFile(range, 'utf8'));
  const mean = std.reduce((sum, value) => sum + value, 0) / std.length;
  return { name: 'generator', range, view: { prior: 'generator', recipe: 'dgn-am', priorParams: { model: join(folder, 'generator.onnx'), range, fit: 'resize' }, learningRate: (rectified ? firstStep.rectified : firstStep.signed) * mean } };
}
