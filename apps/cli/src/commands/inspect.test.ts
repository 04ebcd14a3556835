import { describe, expect, it } from 'vitest';
import { blockedReport, fakeOutput, fakeReport, fakeWorld, runCommand } from '../fake-world.fixture.js';
import { inspect } from './inspect.js';

describe('inspect', () => {
  it('lists layers with units, shape and cost, and the operators', async () => {
    const out = fakeOutput();
    await runCommand(inspect, { model: 'net.onnx' }, fakeWorld(), out);
    const text = out.lines.join('\n');
    expect(text).toMatch(/input {6}data \[1, 3, 64, 64\]/);
    expect(text).toMatch(/operators {2}Conv ×2, Relu ×1/);
    expect(text).toMatch(/layers {5}2 with 48 units/);
    expect(text).toMatch(/conv2\s+Conv\s+pre\s+32\s+1×32×32×32\s+unknown\s+20\s+yes/);
  });

  it('says what a place of a layer sees of the picture', async () => {
    const report = fakeReport();
    const [first, second] = report.facts.layers;
    const layers = [{ ...first!, field: { kind: 'window' as const, size: [7, 5], stride: [2, 2], offset: [-3, -2] } }, { ...second!, field: { kind: 'whole' as const } }];
    const out = fakeOutput();
    await runCommand(inspect, { model: 'net.onnx' }, fakeWorld({ model: { ...report, facts: { ...report.facts, layers } } }), out);
    expect(out.lines.join('\n')).toMatch(/conv1\s.*\s7×5 \/2\s/);
    expect(out.lines.join('\n')).toMatch(/conv2\s.*\swhole\s/);
  });

  it('names what cannot be differentiated and the layers behind it', async () => {
    const out = fakeOutput();
    await runCommand(inspect, { model: 'net.onnx' }, fakeWorld({ model: blockedReport() }), out);
    expect(out.lines.join('\n')).toMatch(/AUTODIFF_NO_RULE: no rule for Foo at node foo\n {4}blocks 1 layer: conv2\n {4}mend it/);
  });

  it('gives the same as one JSON document, without the bytes of the model', async () => {
    const out = fakeOutput(true);
    await runCommand(inspect, { model: 'net.onnx' }, fakeWorld(), out);
    expect(out.documents).toHaveLength(1);
    expect(out.documents[0]).toMatchObject({ name: 'net', units: 48, opset: 13, parameters: 1234, layers: [{ id: 'conv1' }, { id: 'conv2' }] });
    expect(out.documents[0]).not.toHaveProperty('content');
  });
});
