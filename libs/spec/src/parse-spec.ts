import { errors, type SpecProblem } from './errors.js';
import { schemaProblems } from './schema-problems.js';
import { semanticProblems } from './semantic-problems.js';
import type { SpecPlugins } from './spec-plugins.js';
import { notYetAvailable, specSchema } from './spec-schema.js';
import { readSpecSource, type SpecSource } from './spec-source.js';
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
 * where it is no YAML, SPEC_NOT_AVAILABLE where all is well but for fields of later versions, SPEC_INVALID otherwise.
 */
export function parseSpec(text: string, options: ParseSpecOptions): SweepSpec {
  const { path } = options;
  const source = readSpecSource(text);
  if (source.syntaxProblems.length > 0) {
    throw errors.syntax({ path, problems: source.syntaxProblems.map((p) => ({ ...p, field: '' })) });
  }
  const { value, unavailable } = withoutUnavailable(source);
  const parsed = specSchema.safeParse(value, { reportInput: true });
  const problems = [...(parsed.success ? [] : schemaProblems(parsed.error.issues, source)), ...semanticProblems(value, source, options.plugins)];
  if (problems.length > 0) throw errors.invalid({ path, problems: inOrder([...problems, ...unavailable]) });
  if (unavailable.length > 0) throw errors.notAvailable({ path, problems: inOrder(unavailable) });
  if (!parsed.success) throw new Error('unreachable: a spec that does not parse has problems');
  return withDefaults(parsed.data, options);
}

/** Takes out the fields of later versions, each remembered as a problem, so that the rest is checked as well. */
function withoutUnavailable(source: SpecSource): { value: unknown; unavailable: SpecProblem[] } {
  const unavailable: SpecProblem[] = [];
  const strip = (value: unknown, prefix: string): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
      const field = prefix === '' ? key : `${prefix}.${key}`;
      const what = notYetAvailable.get(field);
      if (what !== undefined) {
        unavailable.push({ ...source.placeOfKey(field.split('.')), field, problem: `${what} are not available in this version` });
        return [];
      }
      return [[key, field === 'views' ? strip(item, field) : item]];
    }));
  };
  return { value: strip(source.value, ''), unavailable };
}

function inOrder(problems: readonly SpecProblem[]): SpecProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
