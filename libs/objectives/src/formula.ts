import type { Settled } from '@neuron-atlas/plugins';
import { errors } from './errors.js';

/** Sums and products of objectives, taken apart. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'objective'; readonly name: string; readonly version?: number | undefined; readonly params: Settled }
  | { readonly kind: 'sum'; readonly parts: readonly Formula[] }
  | { readonly kind: 'product'; readonly parts: readonly Formula[] };
export type FormulaTerm = Extract<Formula, { readonly kind: 'objective' }>;

/** Whether a text is more than the name of an objective. */
export const isFormula = (text: string): boolean => /^-|[\s+*()]/.test(text.trim());

const tokens = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z][\w-]*)(?:@(\d+))?|("[^"]*")|([-+*(),=]))/y;
interface Token { readonly number?: string; readonly name?: string; readonly version?: string; readonly text?: string; readonly sign?: string }

/**
 * Reads `channel - 0.5 * layer`, `channel * neuron(y=3, x=2)`, `joint(others="12, 40:-0.5") + 2 * (logit + negative)`.
 *
 * sum = [-] product {(+ | -) product}; product = factor {* factor}; factor = number, objective or (sum). Names have hyphens, so
 * a minus has a space before it. OBJECTIVES_BAD_FORMULA says where a text ends to be one.
 */
export function parseFormula(text: string): Formula {
  const bad = (at: number, wanted: string): never => { throw errors.badFormula({ formula: text, rest: text.slice(at).trim(), wanted }); };
  const list: { readonly token: Token; readonly at: number }[] = [];
  for (let at = 0; at < text.trimEnd().length;) {
    tokens.lastIndex = at;
    const found = tokens.exec(text);
    if (found === null) return bad(at, 'a number, an objective, a sign or a bracket');
    const [, number, name, version, quoted, sign] = found;
    list.push({ at, token: { ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }), ...(quoted === undefined ? {} : { text: quoted.slice(1, -1) }), ...(sign === undefined ? {} : { sign }) } });
    at = tokens.lastIndex;
  }
  let next = 0;
  const here = (): number => list[next]?.at ?? text.length;
  const takes = (sign: string): boolean => list[next]?.token.sign === sign && ++next > 0;
  const need = (sign: string): void => { if (!takes(sign)) bad(here(), `"${sign}"`); };

  function sum(): Formula {
    const parts = [takes('-') ? negated(product()) : product()];
    for (;;) {
      if (takes('+')) parts.push(product());
      else if (takes('-')) parts.push(negated(product()));
      else return parts.length === 1 ? parts[0]! : { kind: 'sum', parts };
    }
  }
  function product(): Formula {
    const parts = [factor()];
    while (takes('*')) parts.push(factor());
    return parts.length === 1 ? parts[0]! : { kind: 'product', parts };
  }
  function factor(): Formula {
    if (takes('(')) {
      const inside = sum();
      need(')');
      return inside;
    }
    const { number, name, version } = list[next]?.token ?? {};
    if (number !== undefined) return next++, { kind: 'number', value: Number(number) };
    if (name === undefined) return bad(here(), 'a number, an objective or "("');
    next++;
    return { kind: 'objective', name, params: takes('(') ? params() : {}, ...(version === undefined ? {} : { version: Number(version) }) };
  }
  function params(): Settled {
    const given: Record<string, number | string> = {};
    while (!takes(')')) {
      const { name } = list[next]?.token ?? {};
      if (name === undefined) return bad(here(), 'the name of a param or ")"');
      next++;
      need('=');
      const sign = takes('-') ? -1 : 1;
      const { number, text: quoted, name: word } = list[next]?.token ?? {};
      given[name] = number !== undefined ? sign * Number(number) : quoted ?? word ?? bad(here(), 'a number or a text in quotes');
      next++;
      if (!takes(',') && list[next]?.token.sign !== ')') return bad(here(), '"," or ")"');
    }
    return given;
  }

  const formula = sum();
  if (next < list.length) return bad(here(), 'a sign or the end');
  if (termsOf(formula).length === 0) return bad(0, 'at least one objective');
  return formula;
}

const negated = (of: Formula): Formula =>
  (of.kind === 'number' ? { kind: 'number', value: -of.value } : { kind: 'product', parts: [{ kind: 'number', value: -1 }, ...(of.kind === 'product' ? of.parts : [of])] });

/** Its objectives, from left to right. */
export const termsOf = (formula: Formula): readonly FormulaTerm[] =>
  (formula.kind === 'objective' ? [formula] : formula.kind === 'number' ? [] : formula.parts.flatMap(termsOf));

/** The same formula of other objectives, given from left to right. */
export function withTerms(formula: Formula, terms: readonly FormulaTerm[]): Formula {
  let next = 0;
  const replaced = (of: Formula): Formula =>
    (of.kind === 'objective' ? terms[next++]! : of.kind === 'number' ? of : { ...of, parts: of.parts.map(replaced) });
  return replaced(formula);
}

/** A text that reads as the formula; the same for the same. */
export function printFormula(formula: Formula): string {
  switch (formula.kind) {
    case 'number': return formula.value < 0 ? `(-${-formula.value})` : String(formula.value);
    case 'objective': {
      const params = Object.entries(formula.params).sort(([a], [b]) => (a < b ? -1 : 1)).map(([param, value]) => `${param}=${typeof value === 'number' ? value : `"${value}"`}`);
      return `${formula.name}${formula.version === undefined ? '' : `@${formula.version}`}${params.length === 0 ? '' : `(${params.join(', ')})`}`;
    }
    case 'product': return formula.parts.map((part) => (part.kind === 'sum' || part.kind === 'product' ? `(${printFormula(part)})` : printFormula(part))).join(' * ');
    case 'sum': return formula.parts.map((part) => (part.kind === 'sum' ? `(${printFormula(part)})` : printFormula(part))).join(' + ');
  }
}
