import { describe, expect, it } from 'vitest';
import { parseGeneratorSpec } from './parse-generator-spec.js';

const parse = (text: string) => parseGeneratorSpec(text, { path: 'generator.yaml' });
const least = 'encoder: { path: net.onnx, code: pool4 }\npictures: { drawn: demo }\noutput: out\n';

describe('parseGeneratorSpec', () => {
  it('fills in what is left out', () => {
    expect(parse(least)).toMatchObject({
      name: 'generator', encoder: { code: 'pool4', comparators: [{ layer: 'pool4', weight: 1 }], preprocess: { mean: [0, 0, 0], color: 'RGB' } },
      pictures: { source: { drawn: 'demo', seed: 2000 }, count: 12_000, range: 4096 }, size: 64, width: 32, loss: { image: 1, feature: 1, adversarial: 0.01 },
      augmentation: { flip: true, shift: 2 }, steps: 5000, batch: 16, warmUp: 100, every: 250, seed: 1,
    });
    expect(parse(`${least}steps: 40\nloss: { adversarial: 0 }\n`)).toMatchObject({ warmUp: 4, every: 2, loss: { image: 1, feature: 1, adversarial: 0 } });
  });

  it('takes comparators alone or with a weight, each once', () => {
    const { comparators } = parse(least.replace('code: pool4', 'code: pool4, comparators: [pool4, { layer: logits, weight: 4 }, { layer: relu6 }, { layer: pool4, weight: 0.5 }]')).encoder;
    expect(comparators).toEqual([{ layer: 'pool4', weight: 0.5 }, { layer: 'logits', weight: 4 }, { layer: 'relu6', weight: 1 }]);
    expect(() => parse(least.replace('code: pool4', 'code: pool4, comparators: [{ layer: logits, weight: 0 }]'))).toThrow(expect.objectContaining({ code: 'SPEC_INVALID_GENERATOR' }));
  });

  it('says all that is wrong, each with line, column, field and near names', () => {
    const wrong = 'encoder: { path: net.onnx, cod: pool4 }\npictures:\n  drawn: demo\n  path: pictures\nsize: 40\nloss: { image: 0, feature: 0, adversarial: 0 }\nstep: 10\noutput: out\n';
    let caught: unknown;
    try { parse(wrong); } catch (error) { caught = error; }
    expect(caught).toMatchObject({ code: 'SPEC_INVALID_GENERATOR' });
    const { problems } = (caught as { details: { problems: readonly { line: number; column: number; field: string; problem: string }[] } }).details;
    expect(problems.map(({ line, column, field }) => `${line}:${column} ${field}`)).toEqual(['1:28 encoder.cod', '3:3 pictures', '5:7 size', '6:7 loss', '7:1 step']);
    expect(problems[0]!.problem).toContain('"code"');
    expect(problems[4]!.problem).toContain('"steps"');
    expect(problems[2]!.problem).toContain('multiple of 16');
  });

  it('refuses an encoder of bands, of which pictures have none', () => {
    expect(() => parse('encoder: { path: net.onnx, code: pool, preprocess: { color: bands } }\npictures: { path: p }\noutput: out')).toThrow(/1:61.*encoder\.preprocess\.color.*expected colours/);
  });

  it('refuses what is no YAML, with its place', () => {
    expect(() => parse('encoder: { path: net.onnx')).toThrow(expect.objectContaining({ code: 'SPEC_SYNTAX' }));
  });
});
