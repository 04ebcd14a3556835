import { errors, inOrder } from './errors.js';
import { schemaProblems } from './schema-problems.js';
import { semanticProblems } from './semantic-problems.js';
import type { SpecPlugins } from './spec-plugins.js';
import { specSchema } from './spec-schema.js';
import { readSpecSource } from './spec-source.js';
import type { SweepSpec } from './spec.js';
import { withDefaults } from './with-defaults.js';

export interface ParseSpecOptions {
  /** The file's path, as the user gave it: for the messages and the default name. */
  readonly path: string;
  /** The priors and objectives there are: with them, names and params are checked too. */
  readonly plugins?: SpecPlugins | undefined;
  /** Side of the model's own input in pixels: the default canvas, where it is below 128. */
  readonly modelSize?: number | undefined;
}

/**
 * A sweep spec from YAML or JSON, checked, with all defaults filled in.
 *
 * All that is wrong with the file comes in one error, each with file, line, column, field and near names: SPEC_SYNTAX
 * where it is no YAML, SPEC_INVALID otherwise.
 */
export function parseSpec(text: string, options: ParseSpecOptions): SweepSpec {
  const { path } = options;
  const source = readSpecSource(text);
  if (source.syntaxProblems.length > 0) {
    throw errors.syntax({ path, problems: source.syntaxProblems.map((p) => ({ ...p, field: '' })) });
  }
  const { value } = source;
  const parsed = specSchema.safeParse(value, { reportInput: true });
  const problems = [...(parsed.success ? [] : schemaProblems(specSchema, parsed.error.issues, source)), ...semanticProblems(value, source, options.plugins)];
  if (problems.length > 0) throw errors.invalid({ path, problems: inOrder(problems) });
  if (!parsed.success) throw new Error('unreachable: a spec that does not parse has problems');
  return withDefaults(parsed.data, options);
}
