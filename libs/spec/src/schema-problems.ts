import type { z } from 'zod';
import type { SpecProblem } from './errors.js';
import { fieldName, toFieldPath } from './field-path.js';
import { nearNames } from './near-names.js';
import { didYouMean } from './spec-plugins.js';
import type { SpecSource } from './spec-source.js';

/** What `schema` finds wrong, each with its place in the file and in words of our own. */
export function schemaProblems(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], source: SpecSource): SpecProblem[] {
  const flat = issues.flatMap((issue) => branchIssues(issue));
  const misspelt = new Set<string>();
  const problems = flat.flatMap((issue): SpecProblem[] => {
    if (issue.code !== 'unrecognized_keys') return [];
    return issue.keys.map((key) => {
      const path = [...toFieldPath(issue.path), key];
      const known = knownKeys(schema, issue.path);
      const near = nearNames(key, known);
      if (near[0] !== undefined) misspelt.add(fieldName([...toFieldPath(issue.path), near[0]]));
      return { ...source.placeOfKey(path), field: fieldName(path), problem: `unknown key "${key}"${didYouMean(near, known)}` };
    });
  });
  for (const issue of flat) {
    if (issue.code === 'unrecognized_keys') continue;
    const path = toFieldPath(issue.path);
    const missing = 'input' in issue && issue.input === undefined && issue.code !== 'custom';
    // A misspelt key is reported once, not once more as missing.
    if (missing && misspelt.has(fieldName(path))) continue;
    problems.push({ ...source.placeOf(path), field: fieldName(path), problem: missing ? 'is missing' : issueText(issue) });
  }
  return problems;
}

/** Of a union's branches, the one that got furthest: `{ nam: fourier }` is a prior without name, not a wrong text. */
function branchIssues(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const fitting = issue.errors.find((branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'));
  if (fitting === undefined) return [issue];
  return fitting.flatMap((inner) => branchIssues({ ...inner, path: [...issue.path, ...inner.path] }));
}

function issueText(issue: z.core.$ZodIssue): string {
  const given = 'input' in issue ? `, got ${shortly(issue.input)}` : '';
  switch (issue.code) {
    case 'invalid_type': return `expected ${typeName[issue.expected] ?? issue.expected}${given}`;
    case 'too_small': return `expected ${sizeText('least', issue.minimum, issue.origin, issue.inclusive)}${given}`;
    case 'too_big': return `expected ${sizeText('most', issue.maximum, issue.origin, issue.inclusive)}${given}`;
    case 'invalid_value': {
      const values = issue.values.map((value) => String(value));
      const near = typeof issue.input === 'string' ? nearNames(issue.input, values) : [];
      return `expected ${values.join(', ')}${given}${near[0] === undefined ? '' : ` (did you mean "${near[0]}"?)`}`;
    }
    default: return `${issue.message}${given}`;
  }
}

const typeName: Readonly<Record<string, string>> = {
  int: 'a whole number', number: 'a number', string: 'a text', object: 'a mapping', array: 'a list', tuple: 'a list of two numbers', record: 'a mapping',
};

function sizeText(end: 'least' | 'most', limit: number | bigint, origin: string, inclusive: boolean | undefined): string {
  const noun = origin === 'array' || origin === 'tuple' ? ' entries' : origin === 'string' ? ' characters' : '';
  const bound = inclusive === false ? (end === 'least' ? 'more than' : 'less than') : `at ${end}`;
  return `${bound} ${limit}${limit === 1 && noun === ' entries' ? ' entry' : limit === 1 && noun === ' characters' ? ' character' : noun}`;
}

function shortly(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** The keys that a schema knows at a path, so that a misspelt one has near names. */
function knownKeys(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = root;
  for (const step of path) {
    schema = unwrap(schema);
    const definition = schema as { shape?: Record<string, unknown>; element?: unknown };
    schema = typeof step === 'number' ? definition.element : definition.shape?.[String(step)];
  }
  const shape = (unwrap(schema) as { shape?: Record<string, unknown> } | undefined)?.shape;
  return Object.keys(shape ?? {});
}

function unwrap(schema: unknown): unknown {
  const optional = schema as { type?: string; unwrap?: () => unknown } | undefined;
  return optional?.type === 'optional' && optional.unwrap !== undefined ? optional.unwrap() : schema;
}
