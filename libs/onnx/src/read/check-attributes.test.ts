import { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from '@neuron-atlas/proto/onnx';
import { describe, expect, it } from 'vitest';
import { readModel } from '../index.js';
import { attributeLimitBytes, checkAttributes } from './check-attributes.js';

const blank = new Uint8Array(0);
const attribute = (fields: Partial<AttributeProto>): AttributeProto => ({ ...AttributeProto.decode(blank), name: 'big', ...fields });
const node = (...attributes: AttributeProto[]): NodeProto => ({ ...NodeProto.decode(blank), opType: 'Conv', name: 'n', attribute: attributes });
const graph = (...nodes: NodeProto[]): GraphProto => ({ ...GraphProto.decode(blank), name: 'g', node: nodes });
const fileOf = (of: GraphProto, functions: FunctionProto[] = []): Uint8Array =>
  ModelProto.encode({ ...ModelProto.decode(blank), irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], graph: of, functions }).finish();
const check = (bytes: Uint8Array): void => checkAttributes({ length: bytes.length, byte: (at) => bytes[at] }, 'm.onnx');

const tooLong = 'x'.repeat(attributeLimitBytes);
const long = attribute({ type: 3, s: new TextEncoder().encode(tooLong) });
const short = attribute({ name: 'small', type: 3, s: new TextEncoder().encode('x') });

describe('checkAttributes', () => {
  it.each<[string, () => Uint8Array]>([
    ['of a node', () => fileOf(graph(node(short, long)))],
    ['of a node in a branch', () => fileOf(graph(node(attribute({ name: 'then_branch', type: 5, g: graph(node(long)) }))))],
    ['of a node in a function', () => fileOf(graph(), [{ ...FunctionProto.decode(blank), name: 'f', node: [node(long)] }])],
    ['of many small strings', () => fileOf(graph(node(attribute({ type: 8, strings: Array.from({ length: 2 ** 16 }, () => new Uint8Array(300)) }))))],
    ['in a tensor of numbers one by one', () => fileOf(graph(node(attribute({ type: 4, t: { ...TensorProto.decode(blank), dims: [2n ** 22n], dataType: 1, floatData: Array.from({ length: 2 ** 22 }, () => 1) } }))))],
  ])('names an attribute beyond the limit: %s', (_what, make) => {
    expect(() => check(make())).toThrow(expect.objectContaining({ code: 'ONNX_ATTRIBUTE_TOO_LARGE', details: expect.objectContaining({ file: 'm.onnx', attribute: 'big', node: 'n', op: 'Conv', limitBytes: attributeLimitBytes }) as object }));
  });

  it('lets a constant of raw bytes through, which is a view into the file', () => {
    const constant = attribute({ type: 4, t: { ...TensorProto.decode(blank), dims: [BigInt(attributeLimitBytes)], dataType: 2, rawData: new Uint8Array(attributeLimitBytes) } });
    expect(() => check(fileOf(graph(node(constant))))).not.toThrow();
  });

  it('refuses branches that lie in each other without end', () => {
    let inner = graph(node(short));
    for (let depth = 0; depth < 70; depth++) inner = graph(node(attribute({ name: 'body', type: 5, g: inner })));
    expect(() => readModel(fileOf(inner))).toThrow(expect.objectContaining({ code: 'ONNX_MALFORMED' }));
  });

  it('leaves what is no message to whoever decodes it', () => {
    const whole = fileOf(graph(node(short)));
    for (let length = 0; length < whole.length; length++) expect(() => check(whole.subarray(0, length))).not.toThrow();
    expect(() => check(new Uint8Array(1000))).not.toThrow();
  });
});
