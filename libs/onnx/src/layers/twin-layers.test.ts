import { describe, expect, it } from 'vitest';
import { modelOf, node } from '../../test/build-model.js';
import { noise } from '../../test/run-model.js';
import { f32, findLayers, int, ints, type Node, type Tensor, type TwinLayer, twinLayers } from '../index.js';

/** The twins of a network of [1, 3, 8, 8] pictures, every value of which keeps that height and width but for pools. */
function twinsOf(nodes: readonly Node[], weights: Readonly<Record<string, Tensor>>): readonly TwinLayer[] {
  const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape: [1, 3, 8, 8] }], nodes, initializers: new Map(Object.entries(weights)) });
  const shapes = new Map(nodes.flatMap(({ outputs }) => outputs.map((name) => [name, [1, 4, 8, 8]] as const)));
  return twinLayers(model.graph, findLayers(model), shapes);
}
const conv = (from: string, to: string): Node => node('Conv', [from, `${to}.weight`], [to]);
const weight = (units: number, channels: number): Tensor => noise([units, channels, 1, 1]);

describe('twinLayers: behind the nonlinearity', () => {
  const weights = { 'a.weight': weight(4, 3), half: f32([], [0.5]), root: f32([], [Math.SQRT2]), one: f32([], [1]), six: f32([], [6]), zero: f32([], [0]) };
  const behind = (...rest: readonly Node[]): readonly (readonly [string, string, string])[] => twinsOf([conv('x', 'a'), ...rest], weights).map(({ id, tensor, site }) => [id, tensor, site]);

  it('finds one node', () => {
    expect(behind(node('Relu', ['a'], ['y']))).toEqual([['a.post', 'y', 'post']]);
    expect(behind(node('Clip', ['a', 'zero', 'six'], ['y']))).toEqual([['a.post', 'y', 'post']]);
  });

  it('finds what is written out, whole', () => {
    expect(behind(node('Sigmoid', ['a'], ['s']), node('Mul', ['s', 'a'], ['y']), node('Neg', ['y'], ['z']))).toEqual([['a.post', 'y', 'post']]);
    expect(behind(node('Div', ['a', 'root'], ['d']), node('Erf', ['d'], ['e']), node('Add', ['e', 'one'], ['p']), node('Mul', ['a', 'p'], ['m']), node('Mul', ['m', 'half'], ['y']))).toEqual([['a.post', 'm', 'post']]);
  });

  it('finds none where the value goes two ways, or is bent nowhere', () => {
    expect(behind(node('Relu', ['a'], ['r']), node('Add', ['a', 'x'], ['s']), node('Add', ['r', 's'], ['y']))).toEqual([]);
    expect(behind(node('Mul', ['a', 'half'], ['y']))).toEqual([]);
    expect(behind(node('Softmax', ['a'], ['y']))).toEqual([]);
  });
});

describe('twinLayers: side by side', () => {
  const branches = [conv('x', 'mixed.left'), node('Relu', ['mixed.left'], ['l']), conv('x', 'mixed.right'), node('MaxPool', ['mixed.right'], ['r'], { kernel_shape: ints([1, 1]) })];
  const weights = { 'mixed.left.weight': weight(4, 3), 'mixed.right.weight': weight(2, 3), 'last.weight': weight(3, 3) };

  it('counts the units of branches through, behind rectifiers and pools too', () => {
    expect(twinsOf([...branches, node('Concat', ['l', 'r'], ['y'], { axis: int(1) })], weights).filter(({ op }) => op === 'Concat')).toMatchObject([{
      id: 'mixed.concat', tensor: 'y', site: 'post', units: 6, axis: 1, kind: 'channel', of: [{ layer: 'mixed.left', start: 0, units: 4 }, { layer: 'mixed.right', start: 4, units: 2 }],
    }]);
  });

  it('takes concatenations apart that are joined again', () => {
    const nodes = [...branches, node('Concat', ['l', 'r'], ['c'], { axis: int(-3) }), conv('x', 'last'), node('Concat', ['last', 'c'], ['y'], { axis: int(1) })];
    expect(twinsOf(nodes, weights).filter(({ op }) => op === 'Concat').map(({ id, of }) => [id, of.map(({ layer, start }) => `${layer} ${start}`)])).toEqual([
      ['mixed.concat', ['mixed.left 0', 'mixed.right 4']], ['concat', ['last 0', 'mixed.left 3', 'mixed.right 7']],
    ]);
  });

  it('gives up on a chain that doubles at each of a hundred steps', () => {
    const chain = Array.from({ length: 100 }, (_, i) => node('Concat', [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: int(1) }));
    expect(twinsOf([conv('x', 'last'), node('Relu', ['last'], ['c0']), ...chain], weights).filter(({ op }) => op === 'Concat')).toHaveLength(10);
  });

  it('leaves out what joins something else, or along another axis', () => {
    expect(twinsOf([...branches, node('Concat', ['l', 'x'], ['y'], { axis: int(1) })], weights).filter(({ op }) => op === 'Concat')).toEqual([]);
    expect(twinsOf([...branches, node('Concat', ['l', 'r'], ['y'], { axis: int(2) })], weights).filter(({ op }) => op === 'Concat')).toEqual([]);
  });
});
