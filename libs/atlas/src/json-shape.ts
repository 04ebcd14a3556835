/** What a value of a JSON document must be: nothing, or where it is not so and why. */
export type JsonShape = (value: unknown, field: string) => { readonly field: string; readonly problem: string } | undefined;

const shown = (value: unknown): string => (value === undefined ? 'is missing' : `is ${JSON.stringify(value)?.slice(0, 60) ?? typeof value}`);

const primitive = (what: string, fits: (value: unknown) => boolean): JsonShape => (value, field) =>
  (fits(value) ? undefined : { field, problem: `${shown(value)}, must be ${what}` });

export const string = primitive('a text', (value) => typeof value === 'string');
export const sha256Hex = primitive('64 hex digits', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
export const count = primitive('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const anything: JsonShape = () => undefined;
export const literal = (...values: readonly unknown[]): JsonShape => primitive(values.map((value) => JSON.stringify(value)).join(' or '), (value) => values.includes(value));
export const maybe = (shape: JsonShape): JsonShape => (value, field) => (value === undefined ? undefined : shape(value, field));

export const array = (of: JsonShape): JsonShape => (value, field) => {
  if (!Array.isArray(value)) return { field, problem: `${shown(value)}, must be a list` };
  for (const [i, item] of value.entries()) {
    const problem = of(item, `${field}[${i}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

/** An object with at least these fields; others are left to newer programs. */
export const object = (fields: Readonly<Record<string, JsonShape>>): JsonShape => (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { field: field === '' ? 'the document' : field, problem: `${shown(value)}, must be an object` };
  for (const [name, shape] of Object.entries(fields)) {
    const problem = shape((value as Record<string, unknown>)[name], field === '' ? name : `${field}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
