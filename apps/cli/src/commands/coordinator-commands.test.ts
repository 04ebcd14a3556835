import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, runCommand, sweepStatus } from '../fake-world.fixture.js';
import { agents } from './agents.js';
import { cancel } from './cancel.js';
import { pause } from './pause.js';
import { quarantine } from './quarantine.js';
import { resume } from './resume.js';
import { retry } from './retry.js';
import { share } from './share.js';
import { status } from './status.js';
import { sweeps } from './sweeps.js';
import { watch } from './watch.js';

const coordinator = 'host:1';

describe('commands on a coordinator', () => {
  it('sweeps lists them, and says where there are none', async () => {
    const out = fakeOutput();
    await runCommand(sweeps, { coordinator }, fakeWorld({ sweeps: { listSweeps: () => ({ sweeps: [sweepStatus()] }) } }), out);
    expect(out.lines[1]).toMatch(/^s1\s+net\s+running\s+48\s+12\s+2026-01-01T00:00:00.000Z$/);
    const none = fakeOutput();
    await runCommand(sweeps, { coordinator }, fakeWorld(), none);
    expect(none.lines).toEqual(['no sweeps']);
    expect(none.documents).toEqual([[]]);
  });

  it('status shows progress, rate, rest and stages', async () => {
    const out = fakeOutput();
    await runCommand(status, { id: 's1', coordinator }, fakeWorld({ sweeps: { getSweep: () => sweepStatus() } }), out);
    expect(out.lines).toEqual(expect.arrayContaining(['running: 12 of 48 units (25 %), 2.0 units/s, 18 s to go', expect.stringMatching(/^synthesis\s+4\s+1\s+1\s+2\s+0$/)]));
  });

  it('status gives the error of a failed sweep as an object', async () => {
    const out = fakeOutput(true);
    await runCommand(status, { id: 's1', coordinator }, fakeWorld({ sweeps: { getSweep: () => sweepStatus({ state: 'failed', errorJson: '{"code":"A_B"}' }) } }), out);
    expect(out.documents[0]).toMatchObject({ state: 'failed', error: { code: 'A_B' } });
  });

  it.each([[pause, 'pauseSweep'], [resume, 'resumeSweep'], [cancel, 'cancelSweep'], [retry, 'retrySweep']] as const)('$name calls %s for the sweep named', async (command, method) => {
    const world = fakeWorld({ sweeps: { [method]: () => sweepStatus({ state: 'paused' }) } });
    const out = fakeOutput(true);
    await runCommand(command, { id: 's7', coordinator }, world, out);
    expect(world.calls).toEqual([{ method, request: { sweepId: 's7' } }]);
    expect(out.documents).toMatchObject([{ sweepId: 's1', state: 'paused' }]);
  });

  it('share changes what is named, leaves the rest, and refuses what is no share', async () => {
    const world = fakeWorld({ sweeps: { shareSweep: () => sweepStatus({ weight: 3, priority: 1, maxAgents: 8 }) } });
    const out = fakeOutput();
    await runCommand(share, { id: 's1', weight: 3, priority: undefined, maxAgents: undefined, coordinator }, world, out);
    expect(world.calls).toEqual([{ method: 'shareSweep', request: { sweepId: 's1', weight: 3, priority: undefined, maxAgents: undefined } }]);
    expect(out.lines).toContain('share     weight 3, priority 1, at most 8 agents');
    for (const wrong of ['0', '-1', 'x', '1e7']) expect(() => share.options.weight.parse(wrong)).toThrow(/expected a number/);
    for (const wrong of ['1.5', '2000', 'high']) expect(() => share.options.priority.parse(wrong)).toThrow(/expected a whole number/);
  });

  it('watch ends well with a sweep that is done, and badly with one that was cancelled', async () => {
    const done = fakeOutput();
    await runCommand(watch, { id: 's1', coordinator }, fakeWorld({ sweeps: { getSweep: () => sweepStatus({ state: 'done' }) } }), done);
    expect(done.notes).toEqual([expect.stringMatching(/^done: /)]);
    const cancelled = fakeWorld({ sweeps: { getSweep: () => sweepStatus({ state: 'cancelled' }) } });
    await expect(runCommand(watch, { id: 's1', coordinator }, cancelled)).rejects.toMatchObject({ code: 'CLI_SWEEP_CANCELLED' });
  });

  it('agents shows who works, on what, and since when it is silent', async () => {
    const agent = { agentId: 'local-0', node: 'here', provider: 'cpu', device: '2 cores', version: '0.1.0', heartbeatAgeSeconds: 3.2, leases: 1, unitsDone: 16n, shardsDone: 2, shardsFailed: 0, asideSeconds: 0 };
    const out = fakeOutput();
    await runCommand(agents, { coordinator }, fakeWorld({ sweeps: { listAgents: () => ({ agents: [agent] }) } }), out);
    expect(out.lines[1]).toMatch(/^local-0\s+here\s+cpu\s+2 cores\s+3\.2 s ago\s+1\s+16\s+2\s+0$/);
    const aside = fakeOutput();
    await runCommand(agents, { coordinator }, fakeWorld({ sweeps: { listAgents: () => ({ agents: [{ ...agent, shardsFailed: 3, asideSeconds: 58 }] }) } }), aside);
    expect(aside.lines[1]).toMatch(/\s2\s+3\s+for 58 s$/);
  });

  it('quarantine names part and reason', async () => {
    const shard = { shardId: 'x', sweepId: 's1', stage: 'synthesis', layer: 'conv1', unitStart: 8, unitEnd: 16, failures: 3, errorJson: '{"code":"AGENT_OUT_OF_MEMORY","message":"no memory"}' };
    const world = fakeWorld({ sweeps: { listQuarantine: () => ({ shards: [shard] }) } });
    const out = fakeOutput();
    await runCommand(quarantine, { id: undefined, coordinator }, world, out);
    expect(world.calls[0]).toEqual({ method: 'listQuarantine', request: { sweepId: '' } });
    expect(out.lines[1]).toMatch(/^s1\s+conv1 8-15\s+3\s+AGENT_OUT_OF_MEMORY: no memory$/);
    expect(out.documents[0]).toMatchObject([{ reason: 'AGENT_OUT_OF_MEMORY: no memory', unitStart: 8 }]);
  });
});
