import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, runCommand, sweepStatus } from '../fake-world.fixture.js';
import { submit } from './submit.js';

const texts = { '/work/net.yaml': 'model: { path: net.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel }] }\noutput: s3://bucket/prefix\n' };
const options = { spec: 'net.yaml', output: undefined, model: undefined, watch: false, coordinator: 'host:1' };
const submitSweep = () => ({ sweepId: 's1', existed: false });

describe('submit', () => {
  it('stores the model in the output and sends the plan', async () => {
    const world = fakeWorld({ texts, sweeps: { submitSweep } });
    const out = fakeOutput(true);
    await runCommand(submit, options, world, out);
    expect(world.connected).toEqual(['host:1']);
    expect([...world.stores.get('s3://bucket/prefix')!.objects.keys()]).toEqual([`model/${'ab'.repeat(32)}.onnx`]);
    expect(out.documents).toEqual([{ sweepId: 's1', existed: false, output: 's3://bucket/prefix', blocked: [] }]);
  });

  it('writes nothing where the coordinator is not there', async () => {
    const gone = Object.assign(new Error('gone'), { code: 'CLI_COORDINATOR_UNREACHABLE' });
    const world = fakeWorld({ texts, sweeps: { listSweeps: () => { throw gone; } } });
    await expect(runCommand(submit, options, world)).rejects.toBe(gone);
    expect(world.stores.size).toBe(0);
  });

  it('takes the address from the environment, else the default', async () => {
    const named = fakeWorld({ texts, sweeps: { submitSweep }, env: { NEURON_ATLAS_COORDINATOR: 'elsewhere:7' } });
    await runCommand(submit, { ...options, coordinator: undefined }, named);
    expect(named.connected).toEqual(['elsewhere:7']);
    const plain = fakeWorld({ texts, sweeps: { submitSweep } });
    await runCommand(submit, { ...options, coordinator: undefined }, plain);
    expect(plain.connected).toEqual(['127.0.0.1:7071']);
    const wrong = fakeWorld({ env: { NEURON_ATLAS_COORDINATOR: 'nonsense' } });
    await expect(runCommand(submit, { ...options, coordinator: undefined }, wrong)).rejects.toMatchObject({ code: 'CLI_USAGE' });
  });

  it('follows the sweep to its end with --watch, a record a change with --json', async () => {
    const states = ['running', 'done'];
    const world = fakeWorld({ texts, sweeps: { submitSweep, getSweep: () => sweepStatus({ state: states.shift() ?? 'done', planJson: '{}' }) } });
    const out = fakeOutput(true);
    await runCommand(submit, { ...options, watch: true }, world, out);
    expect(out.records).toMatchObject([{ sweepId: 's1', existed: false }, { state: 'running' }, { state: 'done' }]);
    expect(out.records[1]).not.toHaveProperty('planJson');
    expect(out.documents).toEqual([]);
  });
});
