import type { RecipeParts } from './prior.js';

/** Settings that were published together, by one name; what a spec says beside it comes first. */
export interface Recipe extends RecipeParts {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  /** The prior that it was published with, by name and params. */
  readonly prior?: { readonly name: string; readonly params: Readonly<Record<string, number | string>> };
  /** Steps that it was published with. */
  readonly steps?: number;
}

export const defineRecipe = (recipe: Recipe): Recipe => recipe;
