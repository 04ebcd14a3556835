export { errors as priorsErrors } from './errors.js';
export { definePrior, neutralOf, type Canvas, type Draws, type Prior, type ReadFile, type RecipeParts } from './prior.js';
export { defineRegulariser, type Regulariser } from './regulariser.js';
export { defineTransform, type Transform } from './transform.js';
export { defineRecipe, type Recipe } from './recipe.js';
export { coloursOf } from './opacity.js';
export { halfWidth, inverseFft, recorrelate, spectrumScale } from './spectrum.js';
export { resized } from './interpolation.js';
export { readNpy, writeNpy, type Npy } from './npy.js';
import * as plugins from './plugins/index.js';
import * as recipes from './recipes/index.js';
import * as regularisers from './regularisers/index.js';
import * as transforms from './transforms/index.js';
import type { Prior } from './prior.js';
import type { Recipe } from './recipe.js';
import type { Regulariser } from './regulariser.js';
import type { Transform } from './transform.js';

/** What comes with the project. */
export const builtinPriors: readonly Prior[] = Object.values(plugins) as readonly unknown[] as readonly Prior[];
export const builtinRegularisers: readonly Regulariser[] = Object.values(regularisers) as readonly unknown[] as readonly Regulariser[];
export const builtinTransforms: readonly Transform[] = Object.values(transforms) as readonly unknown[] as readonly Transform[];
export const builtinRecipes: readonly Recipe[] = Object.values(recipes);
