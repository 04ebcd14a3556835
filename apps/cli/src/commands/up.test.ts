import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, runCommand } from '../fake-world.fixture.js';
import { up } from './up.js';

const options = { listen: '127.0.0.1:0', state: 'state', agents: 3, provider: 'auto' };

describe('up', () => {
  it('prints the address and stands until it is told to stop', async () => {
    const world = fakeWorld();
    const out = fakeOutput();
    const stop = new AbortController();
    const standing = runCommand(up, options, world, out, stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(out.records).toEqual([{ coordinator: '127.0.0.1:5000', agents: ['local-0', 'local-1', 'local-2'], logs: '/work/state/logs' }]);
    expect(world.stopped).toEqual([]);
    stop.abort();
    await standing;
    expect(world.stopped).toEqual(['stop']);
  });

  it('fails, and stops the rest, when one of its processes dies', async () => {
    const world = fakeWorld({ died: Promise.reject(new Error('the agent ended')) });
    await expect(runCommand(up, options, world)).rejects.toThrow('the agent ended');
    expect(world.stopped).toEqual(['stop']);
  });
});
