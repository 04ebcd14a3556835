import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, runCommand, type FakeWorld } from '../fake-world.fixture.js';
import { modelReport } from '../model-facts.js';
import type { ModelReport } from '../model-report.js';
import { study } from './study.js';

const demo = fileURLToPath(new URL('../../../../examples/demo/demo.onnx', import.meta.url));
const spec = 'name: demo\nmodel: { path: demo.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel, steps: 2 }] }\noutput: atlas\n';
const options = { topic: 'canvas', spec: 'sweep.yaml', unit: 'conv2/3', out: 'study', sizes: [16, 24], steps: 3, seed: 1, model: undefined };

let report: ModelReport;
beforeAll(async () => { report = await modelReport(await loadModelFile(demo), 'demo.onnx', await createNodeRuntime({ provider: 'cpu', threads: 1 })); });
const worldOf = (): FakeWorld => fakeWorld({ model: report, texts: { '/work/sweep.yaml': spec } });

describe('study canvas', () => {
  it('renders every kind of borders at every size, and writes page, numbers, sheet and pictures', async () => {
    const [world, out] = [worldOf(), fakeOutput()];
    await runCommand(study, options, world, out);
    const at = (name: string): Uint8Array => world.files.get(join('/work/study', name))!;
    const document = JSON.parse(Buffer.from(at('canvas.json')).toString()) as { window: unknown; cases: { objective: string; borders: string; size: number; score: number; interior: number | null }[] };
    expect(document.window).toEqual({ size: [11, 11], stride: [2, 2], offset: [-5, -5] });
    expect(document.cases).toHaveLength(10);
    expect(new Set(document.cases.map(({ objective, borders, size }) => `${objective} ${borders} ${size}`)).size).toBe(10);
    // The middle of 24 pixels sees no border through a window of 11.
    expect(document.cases.filter(({ size }) => size === 24).every(({ interior }) => interior !== null)).toBe(true);
    expect(await sharp(Buffer.from(at('channel-torus-24.png'))).metadata()).toMatchObject({ width: 24, height: 24 });
    expect((await sharp(Buffer.from(at('sheet.png'))).metadata()).width).toBeGreaterThan(900);
    const page = Buffer.from(at('canvas.md')).toString();
    for (const [, file] of page.matchAll(/\]\(([^)]+\.png)\)/g)) expect(world.files.has(join('/work/study', file!)), file).toBe(true);
    for (const question of ['Why is it there several times?', 'Are the repeats real?', 'Do borders matter?']) expect(page).toContain(question);
    expect(out.lines.join('\n')).toMatch(/all places\s+torus\s+24/);
  });

  it('makes the same pictures again', async () => {
    const [first, second] = [worldOf(), worldOf()];
    const one = { ...options, sizes: [16] };
    await runCommand(study, one, first, fakeOutput());
    await runCommand(study, one, second, fakeOutput());
    expect([...second.files]).toEqual([...first.files]);
  });

  it('refuses units that are not there, layers without a map, and canvases between two strides', async () => {
    const run = (changes: Partial<typeof options>): Promise<void> => runCommand(study, { ...options, ...changes }, worldOf(), fakeOutput());
    await expect(run({ unit: 'conv2/48' })).rejects.toMatchObject({ code: 'CLI_UNKNOWN_UNIT' });
    await expect(run({ unit: 'conv9/1' })).rejects.toMatchObject({ code: 'CLI_UNKNOWN_LAYER' });
    await expect(run({ unit: 'conv2' })).rejects.toMatchObject({ code: 'CLI_BAD_UNIT' });
    await expect(run({ unit: 'dense/1' })).rejects.toMatchObject({ code: 'CLI_NOT_A_MAP' });
    await expect(run({ sizes: [17] })).rejects.toMatchObject({ code: 'CLI_BAD_CANVAS' });
  });
});
