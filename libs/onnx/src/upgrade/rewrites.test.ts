import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { difference, noise, runModel } from '../../test/run-model.js';
import { type Attributes, f32, float, floats, i64, int, ints, type Model, string, tensor, type Tensor, upgradeOpset } from '../index.js';
import * as rewrites from './rewrites/index.js';

interface Case {
  readonly what: string;
  readonly op: string;
  readonly attrs?: Attributes;
  /** The first `fed` are inputs of the model, x0, x1, …; strings are left out, the others initialisers. */
  readonly inputs: readonly (Tensor | '')[];
  readonly fed?: number;
  readonly outputs?: readonly string[];
  /** Opset of ai.onnx, if the operator is of it. */
  readonly opset?: number;
}

const own = 'com.microsoft';
const [tokens, heads] = [noise([2, 5, 8]), noise([2, 2, 5, 4])];
const picture = noise([2, 3, 6, 8]);
const mask = tensor('bool', [5, 5], Uint8Array.from({ length: 25 }, (_, i) => (i % 5 <= i / 5 + 1 ? 1 : 0)));
const channels = (seed: number): Tensor => noise([8], seed);

const cases: readonly Case[] = [
  { what: 'Gelu', op: 'Gelu', inputs: [tokens] },
  { what: 'BiasGelu', op: 'BiasGelu', inputs: [tokens, channels(2)] },
  { what: 'FastGelu', op: 'FastGelu', inputs: [tokens] },
  { what: 'FastGelu with a bias', op: 'FastGelu', inputs: [tokens, channels(2)] },
  { what: 'QuickGelu', op: 'QuickGelu', attrs: { alpha: float(1.5) }, inputs: [tokens] },
  { what: 'SkipLayerNormalization', op: 'SkipLayerNormalization', attrs: { epsilon: float(1e-5) }, inputs: [tokens, noise([2, 5, 8], 2), channels(3), channels(4), channels(5)], fed: 2 },
  { what: 'SkipLayerNormalization whose sum is read', op: 'SkipLayerNormalization', inputs: [tokens, noise([2, 5, 8], 2), channels(3)], fed: 2, outputs: ['y', '', '', 'sum'] },
  { what: 'SkipSimplifiedLayerNormalization', op: 'SkipSimplifiedLayerNormalization', attrs: { epsilon: float(1e-3) }, inputs: [tokens, noise([2, 5, 8], 2), channels(3), channels(4)], fed: 2 },
  { what: 'SimplifiedLayerNormalization', op: 'SimplifiedLayerNormalization', attrs: { axis: int(-1), epsilon: float(1e-3) }, inputs: [tokens, channels(3)], opset: 13 },
  { what: 'FusedConv with Relu', op: 'FusedConv', attrs: { activation: string('Relu'), kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }, inputs: [picture, noise([4, 3, 3, 3], 2), noise([4], 3)] },
  { what: 'FusedConv with a sum and Clip', op: 'FusedConv', attrs: { activation: string('Clip'), activation_params: floats([-0.5, 0.25]), kernel_shape: ints([1, 1]) }, inputs: [picture, noise([3, 3, 1, 1], 2), noise([3], 3), noise([2, 3, 6, 8], 4)] },
  { what: 'FusedConv with LeakyRelu', op: 'FusedConv', attrs: { activation: string('LeakyRelu'), activation_params: floats([0.2]), strides: ints([2, 2]) }, inputs: [picture, noise([4, 3, 3, 3], 2)] },
  { what: 'FusedConv with HardSigmoid', op: 'FusedConv', attrs: { activation: string('HardSigmoid'), activation_params: floats([0.25, 0.4]) }, inputs: [picture, noise([4, 3, 2, 2], 2)] },
  { what: 'FusedGemm', op: 'FusedGemm', attrs: { activation: string('LeakyRelu'), activation_alpha: float(0.1), transB: int(1) }, inputs: [noise([3, 4]), noise([5, 4], 2), noise([5], 3)] },
  { what: 'FusedMatMul', op: 'FusedMatMul', attrs: { alpha: float(0.25), transB: int(1) }, inputs: [heads, noise([2, 2, 6, 4], 2)] },
  { what: 'FusedMatMul with the batch turned', op: 'FusedMatMul', attrs: { transBatchA: int(1), transA: int(1) }, inputs: [noise([5, 3, 4]), noise([3, 5, 6], 2)] },
  { what: 'TransposeMatMul', op: 'TransposeMatMul', attrs: { transA: int(1) }, inputs: [noise([2, 4, 3]), noise([2, 4, 5], 2)] },
  { what: 'MultiHeadAttention', op: 'MultiHeadAttention', attrs: { num_heads: int(2) }, inputs: [tokens, noise([2, 6, 8], 2), noise([2, 6, 8], 3), noise([24], 4), '', noise([2, 2, 5, 6], 5)], fed: 3 },
  { what: 'MultiHeadAttention with a scale', op: 'MultiHeadAttention', attrs: { num_heads: int(4), scale: float(0.3) }, inputs: [tokens, noise([2, 5, 8], 2), noise([2, 5, 8], 3)], fed: 3 },
  { what: 'Attention over packed weights', op: 'Attention', attrs: { num_heads: int(2) }, inputs: [tokens, noise([8, 24], 2), noise([24], 3)] },
  { what: 'Attention that looks back only', op: 'Attention', attrs: { num_heads: int(2), unidirectional: int(1), scale: float(0.4) }, inputs: [tokens, noise([8, 24], 2), noise([24], 3)] },
  { what: 'GridSample', op: 'GridSample', attrs: { align_corners: int(1), padding_mode: string('border') }, inputs: [picture, f32([2, 1, 2, 2], [-0.5, 0.2, 0.7, 1.4, 0, 0.1, -1.3, 0.9])] },
  { what: 'Trilu', op: 'Trilu', attrs: { upper: int(0) }, inputs: [noise([4, 5]), i64([], [1])] },
  { what: 'GroupNormalization by group', op: 'GroupNormalization', attrs: { num_groups: int(2), epsilon: float(0.01) }, inputs: [noise([2, 6, 3, 2]), noise([2], 2), noise([2], 3)], opset: 18 },
  { what: 'RMSNormalization', op: 'RMSNormalization', attrs: { epsilon: float(1e-3) }, inputs: [tokens, channels(2)], opset: 23 },
  { what: 'RMSNormalization from the front', op: 'RMSNormalization', attrs: { axis: int(1) }, inputs: [tokens, noise([5, 8], 2)], opset: 23 },
  { what: 'AffineGrid', op: 'AffineGrid', inputs: [noise([2, 2, 3]), i64([4], [2, 3, 4, 5])], opset: 20 },
  { what: 'AffineGrid to the corners', op: 'AffineGrid', attrs: { align_corners: int(1) }, inputs: [noise([2, 2, 3]), i64([4], [2, 3, 3, 6])], opset: 22 },
  { what: 'RotaryEmbedding, heads apart', op: 'RotaryEmbedding', inputs: [heads, noise([2, 5, 2], 2), noise([2, 5, 2], 3)], opset: 23 },
  { what: 'RotaryEmbedding by place, heads together', op: 'RotaryEmbedding', attrs: { num_heads: int(2) }, inputs: [tokens, noise([9, 2], 2), noise([9, 2], 3), i64([2, 5], [0, 1, 2, 3, 8, 7, 6, 5, 4, 3])], opset: 23 },
  { what: 'RotaryEmbedding of neighbours', op: 'RotaryEmbedding', attrs: { interleaved: int(1) }, inputs: [heads, noise([2, 5, 2], 2), noise([2, 5, 2], 3)], opset: 23 },
  { what: 'Swish', op: 'Swish', attrs: { alpha: float(1.3) }, inputs: [tokens], opset: 24 },
  { what: 'Attention, heads apart', op: 'Attention', inputs: [heads, noise([2, 2, 6, 4], 2), noise([2, 2, 6, 4], 3)], fed: 3, opset: 23 },
  { what: 'Attention, heads together and a mask', op: 'Attention', attrs: { q_num_heads: int(2), kv_num_heads: int(2), scale: float(0.7) }, inputs: [tokens, noise([2, 5, 8], 2), noise([2, 5, 8], 3), mask], fed: 3, opset: 23 },
  { what: 'Attention with a bias', op: 'Attention', attrs: { q_num_heads: int(2), kv_num_heads: int(2), softcap: float(2) }, inputs: [tokens, noise([2, 5, 8], 2), noise([2, 5, 8], 3), noise([2, 2, 5, 5], 4)], fed: 3, opset: 23 },
  { what: 'Attention that looks back only, opset 24', op: 'Attention', attrs: { is_causal: int(1) }, inputs: [heads, noise([2, 2, 5, 4], 2), noise([2, 2, 5, 4], 3)], fed: 3, opset: 24 },
];

function modelOfCase({ op, attrs = {}, inputs, fed = 1, outputs = ['y'], opset }: Case): Model {
  const named = inputs.map((value, i) => ({ name: value === '' ? '' : i < fed ? `x${i}` : `w${i}`, value }));
  const there = named.filter((input): input is { name: string; value: Tensor } => input.value !== '');
  return modelOf(opset ?? 17, {
    nodes: [node(op, named.map(({ name }) => name), outputs, attrs, opset === undefined ? own : '')],
    inputs: there.slice(0, fed).map(({ name, value }) => ({ name, dtype: value.dtype, shape: value.shape })),
    outputs: outputs.filter((name) => name !== '').map(output),
    initializers: new Map(there.slice(fed).map(({ name, value }) => [name, value])),
  }, { irVersion: 10, opsets: new Map([['', opset ?? 17], ...(opset === undefined ? [[own, 1] as const] : [])]) });
}

describe('operators written as standard ones, before and after under the runtime', () => {
  it.each(cases)('$what computes the same', async (example) => {
    const model = modelOfCase(example);
    const upgraded = upgradeOpset(model);
    expect(upgraded.graph.nodes.every(({ domain }) => domain === '')).toBe(true);
    if (example.op !== 'GridSample' && example.op !== 'Trilu') expect(upgraded.graph.nodes.map(({ op }) => op)).not.toContain(example.op);
    const feeds = Object.fromEntries(model.graph.inputs.map(({ name }, i) => [name, example.inputs[i] as Tensor]));
    const [before, after] = [await runModel(model, feeds), await runModel(upgraded, feeds)];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const name of Object.keys(before)) expect(difference(after[name]!, before[name]!)).toBeLessThan(2e-6);
  });

  it('names the node whose form has no rewrite', () => {
    const model = modelOfCase({ what: '', op: 'MultiHeadAttention', attrs: { num_heads: int(2) }, inputs: [noise([2, 5, 2, 3, 4])] });
    expect(() => upgradeOpset(model)).toThrow('node MultiHeadAttention_of_y (MultiHeadAttention, opset 17) cannot be brought to a newer opset: its keys and values do not lie apart');
  });

  it('refuses a grid to the corners of a single row', () => {
    const model = modelOfCase({ what: '', op: 'AffineGrid', attrs: { align_corners: int(1) }, inputs: [noise([2, 2, 3]), i64([4], [2, 3, 1, 6])], opset: 22 });
    expect(() => upgradeOpset(model)).toThrow('where a single row lies is not the same everywhere');
  });

  it('has a case for every operator of every file, and every file in the index', () => {
    const files = readdirSync(new URL('./rewrites', import.meta.url)).filter((file) => file !== 'index.ts');
    const names = files.map((file) => file.replace('.ts', '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(Object.keys(rewrites).sort()).toEqual(names.sort());
    const tried = new Set(cases.map(({ op, opset }) => `${opset === undefined ? own : ''}:${op}`));
    expect(Object.values(rewrites).flatMap(({ domain, ops }) => ops.map((op) => `${domain}:${op}`)).filter((op) => !tried.has(op))).toEqual([]);
  });
});
