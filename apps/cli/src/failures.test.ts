import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinRules } from '@neuron-atlas/autodiff';
import { f32, GraphBuilder, writeModel } from '@neuron-atlas/onnx';
import { ModelProto } from '@neuron-atlas/proto/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, neuronAtlas, standing, type Ended } from './neuron-atlas.fixture.js';

let folder = '';
beforeAll(async () => {
  await compile();
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-failures-'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** conv 3→4 at 16 × 16, an operator, conv 4→5. */
function modelBytes(between: string): Uint8Array {
  const g = new GraphBuilder({ opset: 18 });
  const weights = (shape: readonly number[], name: string) =>
    g.constant(f32(shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i))), name);
  const first = g.conv(g.input('x', 'f32', [1, 3, 16, 16]), weights([4, 3, 3, 3], 'first.weight'));
  const [middle] = g.emit(between, [first], {}, [{ dtype: 'f32', shape: first.shape, name: 'middle' }]);
  const second = g.conv(middle!, weights([5, 4, 3, 3], 'second.weight'));
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('two', [second]) });
}

interface Case { readonly model?: Uint8Array; readonly spec?: string; readonly args?: readonly string[] }

const spec = (units = '{}') => `model: { path: net.onnx }\nunits: ${units}\nviews: { synthesis: [{ prior: fourier, objective: channel, steps: 4, size: 16 }] }\noutput: out\n`;

/** Runs a sweep in a folder of its own; the answer says whether anything was written to its output. */
async function sweep(name: string, { model, spec: text = spec(), args = [] }: Case): Promise<Ended & { readonly place: string; readonly written: boolean }> {
  const place = join(folder, name);
  await mkdir(place, { recursive: true });
  if (model !== undefined) await writeFile(join(place, 'net.onnx'), model);
  await writeFile(join(place, 'sweep.yaml'), text);
  const ended = await neuronAtlas(['run', 'sweep.yaml', ...args], place);
  return { ...ended, place, written: existsSync(join(place, 'out')) };
}

const whole = modelBytes('Relu');
/** The model with its first weights in a file that is not there. */
function withExternalData(): Uint8Array {
  const proto = ModelProto.decode(whole);
  const [tensor] = proto.graph?.initializer ?? [];
  Object.assign(tensor!, { rawData: new Uint8Array(), floatData: [], dataLocation: 1, externalData: [{ key: 'location', value: 'net.data' }] });
  return ModelProto.encode(proto).finish();
}

describe('run', () => {
  const cases: readonly (readonly [string, Case, string, RegExp])[] = [
    ['a model that is not there', {}, 'ONNX_NO_FILE', /net\.onnx/],
    ['a file that is not ONNX', { model: new TextEncoder().encode('<html><body>Not found</body></html>') }, 'ONNX_NOT_ONNX', /net\.onnx/],
    ['a truncated file', { model: whole.slice(0, Math.floor(whole.length * 0.6)) }, 'ONNX_TRUNCATED', /net\.onnx/],
    ['missing external data', { model: withExternalData() }, 'ONNX_EXTERNAL_MISSING', /first\.weight.*net\.data|net\.data.*first\.weight/],
    ['an unknown operator', { model: modelBytes('Frobnicate') }, 'ONNX_UNKNOWN_OPERATOR', /Frobnicate/],
    ['a misspelt key', { model: whole, spec: spec().replace('output', 'ouput') }, 'SPEC_INVALID', /sweep\.yaml:4:1: ouput: unknown key "ouput" \(did you mean "output"\?\)/],
    ['a glob that matches nothing', { model: whole, spec: spec('{ layers: ["frist*"] }') }, 'SPEC_GLOB_MATCHES_NOTHING', /"frist\*"; the model has 2 layers; near: first/],
    ['channels beyond the layer', { model: whole, spec: spec('{ channels: "0-4" }') }, 'SPEC_CHANNEL_BEYOND_LAYER', /channels 0-4 reach beyond layer first, which has 4 units/],
  ];
  it.each(cases)('refuses %s, and writes nothing', async (name, given, code, message) => {
    const { code: exitCode, stdout, stderr, written } = await sweep(name.replaceAll(' ', '-'), given);
    expect({ exitCode, stdout, written, code: stderr.split(':')[0] }).toEqual({ exitCode: 1, stdout: '', written: false, code });
    expect(stderr.split('\n')[0]).toMatch(message);
    expect(stderr).toMatch(/\n {2}\S.+\n$/);
  });

  it('refuses an output that cannot be written', async () => {
    const { place } = await sweep('occupied-before', { model: whole, args: ['--help'] });
    await writeFile(join(place, 'file'), 'in the way');
    const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml', '--output', 'file/atlas'], place);
    expect({ code, error: stderr.split(':')[0] }).toEqual({ code: 1, error: 'BLOBS_NOT_WRITABLE' });
    expect(await readdir(place)).toEqual(['file', 'net.onnx', 'sweep.yaml']);
  });

  it('sweeps and publishes the layers before an operator without a rule, and names it with those it blocks', async () => {
    // One that the runtime knows and that has no rule yet; when the last of these gets its rule, another must be found.
    const operator = ['Shrink', 'MeanVarianceNormalization', 'Bernoulli'].find((op) => builtinRules.find(op, 18) === undefined);
    expect(operator).toBeDefined();
    const { code, stdout, stderr, place } = await sweep('no-rule', { model: modelBytes(operator!), args: ['--quiet'] });
    expect(code).toBe(1);
    expect(stdout).toMatch(/layers {4}2\nunits {5}9\n/);
    expect(stderr).toMatch(/^CLI_LAYERS_BLOCKED: AUTODIFF_NO_RULE: no rule for \w+ .*node .*; it blocks layer second\n/);
    expect(stderr).toContain(`no rule for ${operator!} `);
    const unit = await neuronAtlas(['unit', 'out', 'first/3', '--json'], place);
    expect(JSON.parse(unit.stdout)).toMatchObject({ layer: 'first', unit: 3, pictures: [{ prior: 'fourier' }] });
    const blocked = await neuronAtlas(['unit', 'out', 'second/4', '--json'], place);
    expect(JSON.parse(blocked.stdout)).toMatchObject({ health: ['blocked'], pictures: [] });
  });

  it('refuses a state folder that a live process holds', async () => {
    const { place } = await sweep('locked', { model: whole, args: ['--help'] });
    const { child } = await standing(['up', '--listen', '127.0.0.1:0', '--state', 'state'], place);
    try {
      const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml', '--state', 'state'], place);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^COORDINATOR_STATE_LOCKED: .*process \d+/m);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    expect(existsSync(join(place, 'out', 'model'))).toBe(false);
  });
});

describe('commands on a coordinator', () => {
  it('say that none is there', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address() as { port: number };
        probe.close(() => resolve(address.port));
      });
    });
    const { code, stderr } = await neuronAtlas(['sweeps', '--coordinator', `127.0.0.1:${port}`], folder);
    expect({ code, stderr: stderr.split(':')[0] }).toEqual({ code: 1, stderr: 'CLI_COORDINATOR_UNREACHABLE' });
  });

  it('say that a port is in use', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)));
    const { code, stderr } = await neuronAtlas(['up', '--listen', `127.0.0.1:${port}`, '--state', 'state'], folder);
    taken.close();
    expect({ code, stderr: stderr.split(':')[0] }).toEqual({ code: 1, stderr: 'COORDINATOR_PORT_IN_USE' });
  });
});
