import { GraphBuilder, tensor } from '@neuron-atlas/onnx';
import { createPluginSet } from '@neuron-atlas/plugins';
import { checkObjective, evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { builtinObjectives, chooseObjective, isFormula, parseFormula, printFormula } from './index.js';

const set = createPluginSet('objective', builtinObjectives);
const choose = (text: string) => chooseObjective(set, text, {});

/** Of unit 0 of activations f32[1, 2, 2]: channel 0 is 1 and 3, channel 1 is −2 and 5. */
async function scored(text: string): Promise<number> {
  const { plugin, params } = choose(text);
  const g = new GraphBuilder({ opset: 18 });
  const act = g.input('act', 'f32', [1, 2, 2]);
  const mask = g.constant(tensor('f32', [1, 2], Float32Array.of(1, 0)));
  const score = plugin.build({ g, target: { tensor: 'act', mask, rectified: false }, params: params as never, tap: () => act, file: () => { throw new Error('no file'); }, pictured: () => () => act });
  const [value] = await evaluate(g, [score], { act: tensor('f32', [1, 2, 2], Float32Array.of(1, 3, -2, 5)) });
  return (value!.data as Float32Array)[0]!;
}

describe('a formula of objectives', () => {
  // channel: (1 + 3) / 2 = 2; layer: (1 + 9 + 4 + 25) / 4 = 9.75; neuron(token=1): 3
  it.each([
    ['channel + 0.5 * layer', 2 + 0.5 * 9.75],
    ['channel - 0.5 * layer', 2 - 0.5 * 9.75],
    ['-channel', -2],
    ['channel * neuron(token=1)', 6],
    ['2 * (channel - neuron(token=1)) * 3', -6],
    ['2 * channel * 3 + 1', 13],
    ['channel - channel - channel', -2],
    ['joint(others="1:2") + cosine-direction(power=0)', 2 + 2 * 1.5 + 2],
    ['channel@1(leak=0.2)', 2],
  ])('%s is worth what arithmetic says', async (text, value) => {
    expect(await scored(text)).toBeCloseTo(value, 5);
  });

  it.each(['channel', 'cosine-direction', 'third-party_2'])('%s is a name', (text) => { expect(isFormula(text)).toBe(false); });

  it('is called by itself with every version and param, and reads the same when it is read again', () => {
    const { plugin } = choose('channel - 2e-1 * (layer + joint)');
    expect(plugin.name).toBe('channel@1(leak=0.01) + (-1) * 0.2 * (layer@1 + joint@1(leak=0.01, others="0"))');
    expect(choose(plugin.name).plugin.name).toBe(plugin.name);
    expect(printFormula(parseFormula(plugin.name))).toBe(plugin.name);
  });

  it.each([
    ['channel +', 'at its end'], ['channel layer', 'at "layer"'], ['channel(leak)', 'at ")"'], ['(channel', 'at its end'], ['2 * 3', 'at least one objective'], ['channel & layer', 'at "& layer"'],
  ])('%s is refused with the place where it ends to be one', (text, place) => {
    expect(() => parseFormula(text)).toThrow(place);
  });

  it('refuses names and params as alone', () => {
    expect(() => choose('chanel + layer')).toThrow('no objective is called chanel');
    expect(() => choose('channel(leak=7) + layer')).toThrow('param leak of objective channel cannot be 7');
  });

  it('names the files of its objectives by their place', () => {
    const picture = `sha256:${'0'.repeat(64)}`;
    expect(choose(`channel + caricature(picture="${picture}")`)).toMatchObject({ params: { '1.picture': picture }, terms: [{ plugin: { name: 'channel' } }, { plugin: { name: 'caricature' } }] });
  });
});

describe('a formula as an objective', () => checkObjective(choose('channel - 0.5 * layer * negative').plugin, [[3, 5, 4, 6], [2, 7]]));
describe('a formula with one that compares pictures', () => checkObjective(choose('channel + 0.1 * diversity(weight=2)').plugin, [[2, 5, 4, 6]]));
