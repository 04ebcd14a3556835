import { isAtlasError } from '@neuron-atlas/errors';
import { describe, expect, it } from 'vitest';
import type { SpecProblem } from './errors.js';
import type { SpecPlugins } from './spec-plugins.js';
import { parseSpec, type ParseSpecOptions } from './parse-spec.js';

const small = `model: { path: net.onnx }
views:
  synthesis:
    - { prior: fourier, objective: channel }
output: out
`;

const plugins: SpecPlugins = {
  priors: [{ name: 'fourier', params: { decay: { default: 1, doc: 'Above 0.', check: (v: number) => v > 0 } } }, { name: 'pixels', params: {} }],
  objectives: [{ name: 'channel', params: {} }, { name: 'neuron', params: { y: { default: 1, doc: 'A row.', check: Number.isInteger } } }],
};

function failure(text: string, options: Partial<ParseSpecOptions> = {}): { code: string; message: string; problems: readonly SpecProblem[] } {
  try {
    parseSpec(text, { path: 'sweep.yaml', ...options });
  } catch (error) {
    if (isAtlasError(error)) return { code: error.code, message: error.message, problems: error.details['problems'] as SpecProblem[] };
    throw error;
  }
  throw new Error('the spec was taken');
}

describe('parseSpec', () => {
  it('fills in every default', () => {
    expect(parseSpec(small, { path: 'nets/tiny.yaml' })).toEqual({
      name: 'tiny',
      model: { path: 'net.onnx', preprocess: { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: 'RGB' } },
      units: { layers: 'all', channels: 'all' },
      views: { synthesis: [{ prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 256, size: 128, seeds: [0], batch: 8 }] },
      output: 'out',
    });
  });

  it('takes steps for dead units, from one on', () => {
    const text = (steps: number): string => small.replace('objective: channel', `objective: channel, letThrough: ${steps}`);
    expect(parseSpec(text(16), { path: 'nets/tiny.yaml' }).views.synthesis[0]).toMatchObject({ letThrough: 16 });
    expect(failure(text(0)).problems).toHaveLength(1);
  });

  it('wants exemplars for an objective that starts from them', () => {
    const known: SpecPlugins = { ...plugins, objectives: [...plugins.objectives, { name: 'facet', params: {}, starts: 'facets' }] };
    const text = small.replace('objective: channel', 'objective: { name: facet }');
    expect(failure(text, { plugins: known }).problems).toEqual([{ line: 4, column: 36, field: 'views.synthesis[0].objective', problem: 'facet starts from exemplars; ask for them under views.exemplars' }]);
    const natural = text.replace('views:', 'dataset: { path: pictures }\nviews:\n  exemplars: {}');
    expect(parseSpec(natural, { path: 'a.yaml', plugins: known }).views.synthesis[0]?.objective).toBe('facet');
  });

  it('names the sweep for its folder where the file is called sweep', () => {
    expect(parseSpec(small, { path: 'examples/squeezenet/sweep.yaml' }).name).toBe('squeezenet');
  });

  it('takes the size of a model below 128 pixels as the default canvas, and only as the default', () => {
    const sized = small.replace('channel }', 'channel, size: 96 }');
    expect(parseSpec(small, { path: 'a.yaml', modelSize: 32 }).views.synthesis[0]?.size).toBe(32);
    expect(parseSpec(small, { path: 'a.yaml', modelSize: 224 }).views.synthesis[0]?.size).toBe(128);
    expect(parseSpec(sized, { path: 'a.yaml', modelSize: 32 }).views.synthesis[0]?.size).toBe(96);
  });

  it('reads the same spec from JSON', () => {
    const json = JSON.stringify({ model: { path: 'net.onnx' }, views: { synthesis: [{ prior: 'fourier', objective: 'channel' }] }, output: 'out' });
    expect(parseSpec(json, { path: 'tiny.json' })).toEqual(parseSpec(small, { path: 'tiny.yaml' }));
  });

  it('takes params beside the name or in a field of their own as the same', () => {
    const inline = small.replace('prior: fourier', 'prior: { name: fourier, decay: 1.5 }');
    const apart = small.replace('prior: fourier', 'prior: fourier, priorParams: { decay: 1.5 }');
    expect(parseSpec(inline, { path: 'a.yaml', plugins })).toEqual(parseSpec(apart, { path: 'a.yaml', plugins }));
    expect(parseSpec(inline, { path: 'a.yaml' }).views.synthesis[0]).toMatchObject({ prior: 'fourier', priorParams: { decay: 1.5 } });
  });

  it('takes one glob, one channel and grey pictures', () => {
    const spec = parseSpec(`units: { layers: "conv*", channels: 3 }\n${small.replace('net.onnx', 'net.onnx, preprocess: { color: L }')}`, { path: 'a.yaml' });
    expect(spec.units).toEqual({ layers: ['conv*'], channels: '3' });
    expect(spec.model.preprocess).toMatchObject({ mean: [0], std: [1], color: 'L' });
  });

  it('gives line, column, field and the near name of a misspelt key', () => {
    const { code, message, problems } = failure(small.replace('channel }', 'channel, stesp: 64 }'));
    expect(code).toBe('SPEC_INVALID');
    expect(problems).toEqual([{ line: 4, column: 45, field: 'views.synthesis[0].stesp', problem: 'unknown key "stesp" (did you mean "steps"?)' }]);
    expect(message).toBe('sweep.yaml:4:45: views.synthesis[0].stesp: unknown key "stesp" (did you mean "steps"?)');
  });

  it('reports a misspelt required key once, not once more as missing', () => {
    expect(failure(small.replace('output', 'ouptut')).problems).toEqual([
      { line: 5, column: 1, field: 'ouptut', problem: 'unknown key "ouptut" (did you mean "output"?)' },
    ]);
  });

  it('reports all that is wrong with a file at once, in the order of the file', () => {
    const text = `model:
  path: 7
  preprocess: { mean: [0.5], color: rgb }
views:
  synthesis:
    - { prior: furier, objective: channel, steps: 0 }
    - { prior: fourier, objective: neuron, priorParams: { decay: -1 }, seed: [0] }
`;
    const { code, problems } = failure(text, { plugins });
    expect(code).toBe('SPEC_INVALID');
    expect(problems.map((p) => `${p.line}:${p.column} ${p.field} ${p.problem}`)).toEqual([
      '1:1 output is missing',
      '2:9 model.path expected a text, got 7',
      '3:37 model.preprocess.color expected RGB, BGR, L, bands, got "rgb" (did you mean "RGB"?)',
      '6:16 views.synthesis[0].prior no prior is called "furier" (did you mean "fourier"?)',
      '6:51 views.synthesis[0].steps expected at least 1, got 0',
      '7:66 views.synthesis[1].priorParams.decay cannot be -1: Above 0.',
      '7:72 views.synthesis[1].seed unknown key "seed" (did you mean "seeds"?)',
    ]);
  });

  it('lists what there is where no name is near', () => {
    expect(failure(small.replace('objective: channel', 'objective: { name: channel, zzz: 1 }'), { plugins }).problems[0]?.problem)
      .toBe('objective channel has no param "zzz"; it has none');
    expect(failure(small.replace('fourier', 'gan'), { plugins }).problems[0]?.problem).toBe('no prior is called "gan"; there are: fourier, pixels');
  });

  it('looks into a prior written as a mapping', () => {
    expect(failure(small.replace('prior: fourier', 'prior: { decay: 1 }')).problems).toEqual([
      { line: 4, column: 16, field: 'views.synthesis[0].prior.name', problem: 'is missing' },
    ]);
    expect(failure(small.replace('prior: fourier', 'prior: 5')).problems[0]).toMatchObject({
      field: 'views.synthesis[0].prior', problem: 'expected the name of a prior, or { name: …, param: value }, got 5',
    });
  });

  it('refuses params given twice', () => {
    const { problems } = failure(small.replace('prior: fourier', 'prior: { name: fourier, decay: 1 }, priorParams: { decay: 2 }'));
    expect(problems).toMatchObject([{ field: 'views.synthesis[0].priorParams', problem: 'params stand beside the name of the prior already; give them once' }]);
  });

  it('refuses places that it cannot read or write', () => {
    expect(failure(small.replace('net.onnx', 'https://example.org/net.onnx')).problems).toEqual([
      { line: 1, column: 16, field: 'model.path', problem: 'https:// is not known; expected a path, file:// or s3://' },
    ]);
    expect(parseSpec(small.replace('out\n', 's3://bucket/prefix\n'), { path: 'a.yaml' }).output).toBe('s3://bucket/prefix');
  });

  it('fills in a data set and its exemplars, with synthesis or without', () => {
    const natural = 'model: { path: m.onnx }\ndataset: { path: pictures }\nviews: { exemplars: { top: 3 } }\noutput: out\n';
    expect(parseSpec(natural, { path: 'a.yaml' })).toMatchObject({ dataset: { path: 'pictures' }, publish: 'crops', views: { exemplars: { top: 3, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 }, synthesis: [] } });
    expect(parseSpec(small, { path: 'a.yaml' })).not.toHaveProperty('publish');
    expect(parseSpec(natural.replace('views: {', 'views: { projections: { method: guided },'), { path: 'a.yaml' }).views.projections)
      .toEqual({ method: 'guided', seed: 'one', kinds: ['top', 'bottom', 'quantile'], batch: 8 });
  });

  it.each([
    ['exemplars without a data set', 'views: { exemplars: {} }', 'views.exemplars', 'exemplars come from a data set; name one under dataset'],
    ['a data set of no use', 'dataset: { path: x }\nviews: { synthesis: [{ prior: fourier, objective: channel }] }', 'dataset', 'is of use only with views.exemplars'],
    ['projections of no exemplars', 'views: { synthesis: [{ prior: fourier, objective: channel }], projections: {} }', 'views.projections', 'projections are of exemplars; ask for them under views.exemplars'],
    ['projections of pictures that are not shown', 'dataset: { path: x }\npublish: links\nviews: { exemplars: {}, projections: {} }', 'views.projections', 'a projection shows a part of its picture, of which publish: links shows nothing'],
    ['quality without exemplars', 'quality: {}\nviews: { synthesis: [{ prior: fourier, objective: channel }] }', 'quality', 'made pictures are measured against exemplars; ask for both under views'],
    ['quality without pictures', 'dataset: { path: x }\nquality: {}\nviews: { exemplars: {} }', 'quality', 'made pictures are measured against exemplars; ask for both under views'],
    ['a kind twice', 'dataset: { path: x }\nviews: { exemplars: {}, projections: { kinds: [top, top] } }', 'views.projections.kinds', 'expected kinds that differ, got ["top","top"]'],
    ['no view', 'views: {}', 'views', 'expected synthesis, exemplars or both, got {}'],
    ['a data set at an unknown place', 'dataset: { path: "ftp://x" }\nviews: { exemplars: {} }', 'dataset.path', 'ftp:// is not known; expected a path, file:// or s3://'],
  ])('refuses %s', (_name, text, field, problem) => {
    expect(failure(`model: { path: m.onnx }\n${text}\noutput: out\n`).problems).toMatchObject([{ field, problem }]);
  });

  it('suggests a field that is near', () => {
    expect(failure(`datset: {}\n${small}`).problems[0]?.problem).toBe('unknown key "datset" (did you mean "dataset"?)');
  });

  it.each([
    ['a: [1, 2', 'SPEC_SYNTAX', 1],
    ['a: 1\na: 2\n', 'SPEC_SYNTAX', 2],
    ['model: *nowhere\n', 'SPEC_SYNTAX', 1],
    ['{"model": \n  {"path": "x",,}}', 'SPEC_SYNTAX', 2],
    ['', 'SPEC_INVALID', 1],
    ['just a text', 'SPEC_INVALID', 1],
    ['- 1\n- 2', 'SPEC_INVALID', 1],
  ])('refuses %j with its line', (text, code, line) => {
    const error = failure(text);
    expect(error.code).toBe(code);
    expect(error.problems[0]?.line).toBe(line);
  });

  it.each(['x', '5-2', '0-', '-3', '0,,1', '1.5'])('refuses channels %j', (channels) => {
    expect(failure(`units: { channels: "${channels}" }\n${small}`).problems).toMatchObject([{ line: 1, column: 20, field: 'units.channels' }]);
  });
});
