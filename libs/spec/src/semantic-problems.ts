import type { SpecProblem } from './errors.js';
import { fieldName, type FieldPath } from './field-path.js';
import { nearNames } from './near-names.js';
import { didYouMean, pluginProblems, pluginsOf, type PluginKind, type SpecPlugins } from './spec-plugins.js';
import type { SpecSource } from './spec-source.js';

type Params = Readonly<Record<string, number | string>>;

/**
 * What the schema cannot see: lengths that go with the colour, plugins and their params, params given twice.
 *
 * Reads the file's raw value, and leaves to the schema what has not the right type, so that both kinds of problem come
 * in one go.
 */
export function semanticProblems(value: unknown, source: SpecSource, available: SpecPlugins | undefined): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const at = (path: FieldPath, problem: string, key = false): void => {
    problems.push({ ...(key ? source.placeOfKey(path) : source.placeOf(path)), field: fieldName(path), problem });
  };

  const has = (...path: readonly string[]): boolean => within(value, ...path) !== undefined;
  if (has('views', 'exemplars') && !has('dataset')) at(['views', 'exemplars'], 'exemplars come from a data set; name one under dataset', true);
  for (const field of ['dataset', 'publish']) if (has(field) && !has('views', 'exemplars')) at([field], 'is of use only with views.exemplars', true);
  if (has('views', 'projections') && !has('views', 'exemplars')) at(['views', 'projections'], 'projections are of exemplars; ask for them under views.exemplars', true);
  if (has('views', 'projections') && within(value, 'publish') === 'links') at(['views', 'projections'], 'a projection shows a part of its picture, of which publish: links shows nothing', true);

  if (has('quality') && !(has('views', 'exemplars') && has('views', 'synthesis'))) at(['quality'], 'made pictures are measured against exemplars; ask for both under views', true);

  for (const path of [['model', 'path'], ['dataset', 'path'], ['output']]) {
    const location = within(value, ...path);
    const scheme = typeof location === 'string' ? /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase() : undefined;
    if (scheme !== undefined && scheme !== 's3' && scheme !== 'file') at(path, `${scheme}:// is not known; expected a path, file:// or s3://`);
  }
  const preprocess = within(value, 'model', 'preprocess');
  const color = within(preprocess, 'color') ?? 'RGB';
  const channels = color === 'L' ? 1 : color === 'RGB' || color === 'BGR' ? 3 : undefined;
  if (color === 'bands' && has('views', 'exemplars')) at(['views', 'exemplars'], 'pictures of a data set have colours, and this model takes bands; ask for synthesis alone', true);
  if (color !== 'bands' && within(preprocess, 'show') !== undefined) at(['model', 'preprocess', 'show'], 'is of use only with color: bands', true);
  for (const field of ['mean', 'std']) {
    const given = within(preprocess, field);
    if (Array.isArray(given) && channels !== undefined && given.length !== channels) {
      at(['model', 'preprocess', field], `expected ${channels} ${channels === 1 ? 'number' : 'numbers'} for color ${String(color)}, got ${given.length}`);
    }
  }

  const views = within(value, 'views', 'synthesis');
  (Array.isArray(views) ? views : []).forEach((view: unknown, index) => {
    const here: FieldPath = ['views', 'synthesis', index];
    const check = (kind: PluginKind, written: unknown, path: FieldPath, beside?: { readonly path: FieldPath; readonly given: unknown }): void => {
      const name = typeof written === 'string' ? written : within(written, 'name');
      const inline = paramsOf(written, 'name');
      const hasInline = Object.keys(inline).length > 0;
      if (hasInline && beside?.given !== undefined) at(beside.path, `params stand beside the name of the ${kind} already; give them once`, true);
      const plugins = available === undefined ? undefined : pluginsOf(available, kind);
      if (plugins === undefined || typeof name !== 'string') return;
      const terms = kind === 'objective' ? available?.objectiveTerms?.(name) : undefined;
      if (terms !== undefined && (typeof terms === 'string' || terms.some((term) => term.params !== undefined))) {
        if (hasInline || beside?.given !== undefined) at(beside?.path ?? path, 'params of a formula of objectives stand in it, in brackets', true);
        const wrong = typeof terms === 'string' ? [terms] : terms.flatMap((term) => pluginProblems(kind, plugins, term.name, term.params ?? {}).map(({ problem, param }) => (param === undefined ? problem : `${param} of ${term.name}: ${problem}`)));
        for (const problem of wrong) at(typeof written === 'string' ? path : [...path, 'name'], problem);
        return;
      }
      for (const wrong of pluginProblems(kind, plugins, name, hasInline || beside === undefined ? inline : paramsOf(beside.given))) {
        const namePath = typeof written === 'string' ? path : [...path, 'name'];
        at(wrong.param === undefined ? namePath : [...(hasInline ? path : beside?.path ?? path), wrong.param], wrong.problem, wrong.atKey);
      }
    };
    for (const kind of ['prior', 'objective'] as const) {
      check(kind, within(view, kind), [...here, kind], { path: [...here, `${kind}Params`], given: within(view, `${kind}Params`) });
    }
    for (const kind of ['optimiser', 'schedule'] as const) check(kind, within(view, kind), [...here, kind]);
    for (const kind of ['regulariser', 'transform'] as const) {
      const written = within(view, `${kind}s`);
      if (written === 'none') continue;
      if (Array.isArray(written)) written.forEach((one: unknown, i) => check(kind, one, [...here, `${kind}s`, i]));
      else check(kind, written, [...here, `${kind}s`]);
    }
    recipeProblems(view, here);
    const objective = within(view, 'objective');
    const name = typeof objective === 'string' ? objective : within(objective, 'name');
    const terms = typeof name === 'string' ? available?.objectiveTerms?.(name) ?? [{ name }] : [];
    const fromExemplars = typeof terms === 'string' ? undefined : terms.find((term) => available?.objectives.some((one) => one.name === term.name && one.starts !== undefined));
    if (fromExemplars !== undefined && !has('views', 'exemplars')) at([...here, 'objective'], `${fromExemplars.name} starts from exemplars; ask for them under views.exemplars`);
  });

  function recipeProblems(view: unknown, here: FieldPath): void {
    const name = within(view, 'recipe');
    const recipe = available?.recipes?.find((one) => one.name === name);
    if (typeof name === 'string' && available?.recipes !== undefined && recipe === undefined) {
      const known = available.recipes.map((one) => one.name);
      at([...here, 'recipe'], `no recipe is called "${name}"${didYouMean(nearNames(name, known), known)}`);
    }
    if (typeof view === 'object' && view !== null && within(view, 'prior') === undefined && recipe?.prior === undefined && (name === undefined || recipe !== undefined)) at([...here, 'prior'], 'is missing');
  }
  return problems;
}

function within(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[step];
  }
  return here;
}

function paramsOf(value: unknown, except?: string): Params {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number | string] =>
    entry[0] !== except && (typeof entry[1] === 'number' || typeof entry[1] === 'string')));
}
