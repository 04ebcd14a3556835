import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, layerRow, runCommand, sweepStatus, synthesisRow, unitRow } from '../fake-world.fixture.js';
import { demo } from './demo.js';

describe('demo', () => {
  it('sweeps the built-in spec into ./atlas-demo and writes a sheet of each layer', async () => {
    const image = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toBuffer();
    const spec = 'model: { path: model.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel }] }\noutput: anywhere\n';
    let planned = { modelSha256: '', spec: {} as unknown };
    const world = fakeWorld({
      texts: { '/project/examples/demo/sweep.yaml': spec },
      sweeps: {
        submitSweep: async ({ planJson }: { planJson: string }) => {
          planned = JSON.parse(planJson) as typeof planned;
          await (await world.openStore('/work/atlas-demo')).put('atlas.json', new Uint8Array());
          return { sweepId: 's1', existed: false };
        },
        getSweep: () => sweepStatus({ state: 'done' }),
      },
      atlas: {
        manifest: { get model() { return { sha256: planned.modelSha256 }; }, get spec() { return planned.spec; }, totals: { layers: 3, units: 4, healthy: 2, dead: 2, flagged: 2, failed: 0 } },
        layers: async () => [layerRow('conv1'), layerRow('conv2'), layerRow('odd', { swept: 0, healthy: 0, dead: 0, flagged: 0, blockedCode: 'AUTODIFF_NO_RULE' })],
        units: async (layer) => [unitRow(layer, 0), unitRow(layer, 1)],
        synthesis: async (layer, unit) => [synthesisRow(layer, unit, image)],
      },
    });
    const out = fakeOutput();
    await runCommand(demo, { state: '.neuron-atlas', agents: 1, provider: 'auto' }, world, out);
    expect([...world.files.keys()]).toEqual(['/work/atlas-demo/sheets/001-conv1.png', '/work/atlas-demo/sheets/002-conv2.png']);
    expect(out.lines).toEqual(expect.arrayContaining(['units     4', 'healthy   2', 'dead      2', 'atlas     /work/atlas-demo', 'sheets    /work/atlas-demo/sheets']));

    world.files.delete('/work/atlas-demo/sheets/002-conv2.png');
    const again = fakeOutput();
    await runCommand(demo, { state: '.neuron-atlas', agents: 1, provider: 'auto' }, world, again);
    expect(world.started).toHaveLength(1);
    expect(again.documents[0]).toMatchObject({ wasComplete: true });
    expect(world.files.has('/work/atlas-demo/sheets/002-conv2.png')).toBe(true);
  });
});
