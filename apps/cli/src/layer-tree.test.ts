import { describe, expect, it } from 'vitest';
import { layerTree } from './layer-tree.js';

const draw = (...ids: readonly string[]): string => layerTree(ids.map((id) => ({ id }))).map(({ text, layer }) => `${text}${layer === undefined ? '' : ` = ${layer.id}`}`).join('\n');

describe('layerTree', () => {
  it('writes once what names share, and joins groups of one', () => {
    expect(draw('features.0', 'features.3.squeeze', 'features.3.expand1x1', 'features.3.expand3x3', 'classifier.1')).toBe([
      '├─ features',
      '│  ├─ .0 = features.0',
      '│  └─ .3',
      '│     ├─ .squeeze = features.3.squeeze',
      '│     ├─ .expand1x1 = features.3.expand1x1',
      '│     └─ .expand3x3 = features.3.expand3x3',
      '└─ classifier.1 = classifier.1',
    ].join('\n'));
  });

  it('keeps the order of the model, and a layer that is a group too', () => {
    expect(draw('/a/b', '/c', '/a/d', '/c/e')).toBe(['├─ /a/b = /a/b', '├─ /c = /c', '├─ /a/d = /a/d', '└─ /c/e = /c/e'].join('\n'));
    expect(draw('a', 'a.b', 'a.c')).toBe(['└─ a = a', '   ├─ .b = a.b', '   └─ .c = a.c'].join('\n'));
  });

  it('is a list where names share nothing, and empty for none', () => {
    expect(draw('conv1', 'conv2')).toBe('├─ conv1 = conv1\n└─ conv2 = conv2');
    expect(draw()).toBe('');
  });

  it('gives every layer once, and ids back from the texts', () => {
    const ids = ['/features/0/Conv', '/features/3/squeeze/Conv', '/features/3/expand/Conv', '//odd..name/', 'x'];
    const lines = layerTree(ids.map((id) => ({ id })));
    expect(lines.flatMap(({ layer }) => (layer === undefined ? [] : [layer.id]))).toEqual(ids);
    const path: string[] = [];
    for (const { text, layer } of lines) {
      const [, branches = '', name = ''] = /^((?:│ {2}| {3})*[├└]─ )(.*)$/.exec(text) ?? [];
      path.splice(branches.length / 3 - 1, path.length, name);
      if (layer !== undefined) expect(path.join('')).toBe(layer.id);
    }
  });
});
