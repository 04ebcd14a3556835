import { describe, expect, it } from 'vitest';
import type { SweepStatus } from '@neuron-atlas/proto';
import { sweepKey, type SweepPlan } from '@neuron-atlas/spec';
import type { AtlasReader } from '../atlas-reader.js';
import { blockedReport, fakeOutput, fakeWorld, runCommand, sweepStatus, type FakeSetting, type FakeWorld } from '../fake-world.fixture.js';
import { run } from './run.js';

const texts = {
  '/work/net.yaml': 'model: { path: net.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel, size: 64 }] }\noutput: out\n',
};
const options = { spec: 'net.yaml', output: undefined, model: undefined, state: '.neuron-atlas', agents: 2, provider: 'cpu', quiet: false };

/** A coordinator whose sweep is done at the second question; publishing is what makes the atlas appear. */
function sweeping(setting: FakeSetting = {}, states: readonly string[] = ['running', 'done'], existed = false, output = '/work/out'): FakeWorld {
  const remaining = [...states];
  const statusNow = (): SweepStatus => sweepStatus({ state: (remaining.length > 1 ? remaining.shift() : remaining[0]) ?? 'done' });
  let planned: { modelSha256: string; spec: unknown } | undefined;
  const totals = { layers: 2, units: 48, healthy: 46, dead: 1, flagged: 2, failed: 0 };
  const manifest = { get model() { return { sha256: planned?.modelSha256 ?? '' }; }, get spec() { return planned?.spec; }, totals };
  const atlas: AtlasReader = {
    manifest, layers: async () => [], units: async () => [], synthesis: async () => [],
  };
  const world = fakeWorld({
    texts, atlas,
    ...setting,
    sweeps: {
      submitSweep: async ({ planJson }: { planJson: string }) => {
        planned = JSON.parse(planJson) as typeof planned;
        await (await world.openStore(output)).put('atlas.json', new Uint8Array());
        return { sweepId: 's1', existed };
      },
      getSweep: statusNow,
      listQuarantine: () => ({ shards: [] }),
      ...setting.sweeps,
    },
  });
  return world;
}

const methods = (world: FakeWorld): readonly string[] => world.calls.map((call) => call.method);

describe('run', () => {
  it('stores the model under its content, sweeps with local agents and sums the atlas up', async () => {
    const world = sweeping();
    const out = fakeOutput();
    await runCommand(run, options, world, out);
    expect(world.started).toMatchObject([{ state: '/work/.neuron-atlas', listen: '127.0.0.1:0', agents: 2, threads: 2, provider: 'cpu' }]);
    expect(world.stores.get('/work/out')?.objects.get(`model/${'ab'.repeat(32)}.onnx`)).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect(out.documents[0]).toMatchObject({ path: '/work/out', layers: 2, units: 48, healthy: 46, dead: 1, flagged: 2, wasComplete: false });
    expect(world.stopped).toEqual(['stop']);
  });

  it('submits under a key that is the plan itself, output made absolute', async () => {
    const submitted = async (output: string | undefined): Promise<{ idempotencyKey: string; plan: SweepPlan }> => {
      const world = sweeping({}, ['running', 'done'], false, output === undefined ? '/work/out' : `/work/${output}`);
      await runCommand(run, { ...options, output }, world);
      const { idempotencyKey, planJson } = world.calls.find((call) => call.method === 'submitSweep')?.request as { idempotencyKey: string; planJson: string };
      return { idempotencyKey, plan: JSON.parse(planJson) as SweepPlan };
    };
    const [one, same, other] = [await submitted(undefined), await submitted(undefined), await submitted('elsewhere')];
    expect(one.idempotencyKey).toBe(sweepKey(one.plan));
    expect(same).toEqual(one);
    expect(other.plan.spec.output).toBe('/work/elsewhere');
    expect(other.idempotencyKey).not.toBe(one.idempotencyKey);
  });

  it('finds a finished atlas complete and starts nothing', async () => {
    const world = sweeping();
    await runCommand(run, options, world);
    const out = fakeOutput();
    await runCommand(run, options, world, out);
    expect(world.started).toHaveLength(1);
    expect(out.documents[0]).toMatchObject({ units: 48, wasComplete: true });
    expect(out.lines[0]).toBe('the atlas is complete already');
  });

  it('goes on with a paused sweep, tries a failed one again, and lets other sweeps wait', async () => {
    const paused = sweeping({ sweeps: { resumeSweep: () => sweepStatus(), pauseSweep: () => sweepStatus(), listSweeps: () => ({ sweeps: [sweepStatus(), sweepStatus({ sweepId: 's2' })] }) } }, ['paused', 'running', 'done'], true);
    await runCommand(run, options, paused);
    expect(paused.calls.filter((call) => /resume|pause/.test(call.method))).toEqual([{ method: 'resumeSweep', request: { sweepId: 's1' } }, { method: 'pauseSweep', request: { sweepId: 's2' } }]);
    const failed = sweeping({ sweeps: { retrySweep: () => sweepStatus() } }, ['failed', 'running', 'done'], true);
    await runCommand(run, options, failed);
    expect(methods(failed)).toContain('retrySweep');
  });

  it('sweeps anew where the sweep is done and its atlas is gone', async () => {
    const keys: string[] = [];
    const anew = sweeping({
      sweeps: {
        submitSweep: async (request: { idempotencyKey: string; planJson: string }) => {
          keys.push(request.idempotencyKey);
          return { sweepId: `s${keys.length}`, existed: keys.length === 1 };
        },
      },
    }, ['done', 'running', 'done']);
    await runCommand(run, options, anew).catch(() => undefined);
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(`${keys[0]}-2`);
  });

  it('sweeps and publishes what can be swept, then fails with the operator and the layers it blocks', async () => {
    const world = sweeping({ model: blockedReport() });
    const out = fakeOutput();
    await expect(runCommand(run, options, world, out)).rejects.toMatchObject({
      code: 'CLI_LAYERS_BLOCKED', message: 'AUTODIFF_NO_RULE: no rule for Foo at node foo; it blocks layer conv2',
    });
    expect(out.documents[0]).toMatchObject({ units: 48, blocked: [{ layers: ['conv2'] }] });
  });

  it('writes and starts nothing where every layer is blocked', async () => {
    const report = blockedReport();
    const blocked = { code: 'AUTODIFF_NO_RULE', message: 'no rule for Foo at node foo' };
    const model = { ...report, facts: { ...report.facts, layers: report.facts.layers.map((layer) => ({ ...layer, blocked })) } };
    const world = sweeping({ model });
    await expect(runCommand(run, options, world)).rejects.toMatchObject({ code: 'CLI_NOTHING_TO_SWEEP' });
    expect([world.stores.size, world.started.length]).toEqual([0, 0]);
  });

  it('prefers the death of its own process over what it caused', async () => {
    let die: (error: Error) => void = () => undefined;
    const died = new Promise<never>((_, reject) => { die = reject; });
    const death = Object.assign(new Error('the coordinator ended'), { code: 'CLI_PROCESS_DIED' });
    const world = sweeping({ died, sweeps: { getSweep: () => { die(death); throw new Error('connection refused'); } } });
    await expect(runCommand(run, options, world)).rejects.toBe(death);
    expect(world.stopped).toEqual(['stop']);
  });

  it('fails with the reason of the first shard in quarantine', async () => {
    const stages = [{ ...sweepStatus().stages[0]!, shardsQuarantined: 2 }];
    const world = sweeping({
      sweeps: {
        getSweep: () => sweepStatus({ state: 'failed', stages }),
        listQuarantine: () => ({ shards: [{ shardId: 'x', sweepId: 's1', stage: 'synthesis', layer: 'conv1', unitStart: 0, unitEnd: 16, failures: 3, errorJson: '{"code":"A_B","message":"it broke"}' }] }),
      },
    });
    await expect(runCommand(run, options, world)).rejects.toMatchObject({
      code: 'CLI_SWEEP_FAILED', message: 'sweep s1 failed: 2 shards in quarantine; the first: conv1 0-15: A_B: it broke',
    });
  });

  it('stops its processes when it is interrupted', async () => {
    const stop = new AbortController();
    const world = sweeping({ sweeps: { getSweep: () => { stop.abort(); throw stop.signal.reason as Error; } } });
    await expect(runCommand(run, options, world, fakeOutput(), stop.signal)).rejects.toThrow();
    expect(world.stopped).toEqual(['stop']);
  });
});
