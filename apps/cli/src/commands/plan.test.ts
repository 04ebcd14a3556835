import { describe, expect, it } from 'vitest';
import { blockedReport, fakeOutput, fakeWorld, runCommand } from '../fake-world.fixture.js';
import { plan } from './plan.js';

const spec = `
model: { path: net.onnx }
views: { synthesis: [{ prior: fourier, objective: channel, steps: 100, size: 64 }] }
output: out
`;
const options = { spec: 'specs/net.yaml', output: undefined, model: undefined, schema: false };
const texts = { '/work/specs/net.yaml': spec };

describe('plan', () => {
  it('adds up units, multiply-adds and time from the speed of this machine', async () => {
    const out = fakeOutput();
    await runCommand(plan, options, fakeWorld({ texts }), out);
    // 16 units × 10 MMACs + 32 × 20, three times for the gradient, and 4,200 a pixel beside the network; 100 steps, at the model's own size
    const gigaMacs = ((16 * 0.01 + 32 * 0.02) * 3 + 48 * 4200e-9 * 64 ** 2) * 100;
    const [document] = out.documents as [{ output: string; units: number; gigaMacsPerSecond: number; stages: { stage: string; shards: number; gigaMacs: number; seconds: number }[] }];
    expect(document).toMatchObject({ output: '/work/out', units: 48, gigaMacsPerSecond: 50 });
    expect(document.stages[0]!.gigaMacs).toBeCloseTo(gigaMacs, 6);
    expect(document.stages[0]!.seconds).toBeCloseTo(gigaMacs / 50, 6);
    expect(document.stages[1]).toMatchObject({ stage: 'publish', shards: 1 });
    expect(out.lines.join('\n')).toMatch(/50\.0 GMAC\/s/);
  });

  it('looks for the model beside the spec, and writes where the command runs', async () => {
    const asked: string[] = [];
    const world = fakeWorld({ texts });
    await runCommand(plan, options, { ...world, readModel: (location, inputs, signal) => { asked.push(location); return world.readModel(location, inputs, signal); } });
    expect(asked).toEqual(['/work/specs/net.onnx']);
  });

  it('writes nothing and starts nothing', async () => {
    const world = fakeWorld({ texts });
    await runCommand(plan, options, world);
    expect([world.stores.size, world.files.size, world.started.length, world.connected.length]).toEqual([0, 0, 0, 0]);
  });

  it('leaves blocked layers out of the cost and says why', async () => {
    const out = fakeOutput();
    await runCommand(plan, options, fakeWorld({ texts, model: blockedReport() }), out);
    expect(out.documents[0]).toMatchObject({ units: 16, layers: [{ layer: 'conv1', units: 16 }, { layer: 'conv2', units: 0, shards: 0, blocked: 'AUTODIFF_NO_RULE' }] });
  });

  it('prints the schema of a spec without reading one', async () => {
    const out = fakeOutput(true);
    await runCommand(plan, { ...options, spec: undefined, schema: true }, fakeWorld(), out);
    expect(out.documents[0]).toMatchObject({ type: 'object', required: ['model', 'views', 'output'] });
  });

  it('asks for a spec where there is none, and says which file is not there', async () => {
    await expect(runCommand(plan, { ...options, spec: undefined }, fakeWorld())).rejects.toMatchObject({ code: 'CLI_USAGE' });
    await expect(runCommand(plan, options, fakeWorld())).rejects.toMatchObject({ code: 'CLI_FILE_NOT_FOUND', message: 'there is no spec at /work/specs/net.yaml' });
  });
});
