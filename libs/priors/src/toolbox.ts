import type { PluginChoice } from '@neuron-atlas/plugins';
import { defineRecipe, type Recipe } from './recipe.js';

/** One of the four presets of the deep-visualization-toolbox; learning rates are for a model whose input spans 255 (CaffeNet): beside another preprocessing give one. */
export const toolbox = (letter: 'a' | 'b' | 'c' | 'd', summary: string, parts: { readonly regularisers: readonly PluginChoice[]; readonly optimiser: PluginChoice; readonly learningRate: number; readonly steps: number }): Recipe =>
  defineRecipe({
    name: `toolbox-${letter}`,
    summary: `${summary} Its rates are for networks whose input spans 255; for others docs/priors.md has some that were measured.`,
    source: 'Yosinski et al. 2015, Understanding neural networks through deep visualization (deep-visualization-toolbox)',
    prior: { name: 'pixels', params: { squash: 'clip', span: 255, scale: 10 } },
    transforms: [],
    schedule: { name: 'constant', params: {} },
    keep: 'best',
    ...parts,
  });

export const plainStep: PluginChoice = { name: 'sgd', params: { normalise: 'none' } };
export const progress = (desired: number): PluginChoice => ({ name: 'progress', params: { desired } });
