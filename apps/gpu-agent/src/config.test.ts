import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const machine = { hostName: 'node-7', homeDir: '/home/ada', tempDir: '/tmp' };

describe('readConfig', () => {
  it('falls back to the machine', () => {
    expect(readConfig([], {}, machine)).toMatchObject({
      coordinator: '127.0.0.1:7070', agentId: 'node-7', node: 'node-7', provider: 'auto', threads: undefined,
      cacheDir: '/home/ada/.cache/neuron-atlas', exitWhenIdle: false, connectTimeoutMs: 30_000,
    });
  });

  it('takes the command line before the environment', () => {
    const env = { NEURON_ATLAS_COORDINATOR: 'coordinator:1', NEURON_ATLAS_AGENT_ID: 'pod-3', XDG_CACHE_HOME: '/cache' };
    expect(readConfig(['--coordinator', '[::1]:99', '--threads', '4'], env, machine))
      .toMatchObject({ coordinator: '[::1]:99', agentId: 'pod-3', threads: 4, cacheDir: '/cache/neuron-atlas' });
  });

  it.each([
    [['--coordinator', 'nowhere'], 'AGENT_BAD_OPTION'],
    [['--coordinator', 'host:70000'], 'AGENT_BAD_OPTION'],
    [['--id', '../../etc'], 'AGENT_BAD_OPTION'],
    [['--provider', 'tpu'], 'AGENT_BAD_OPTION'],
    [['--threads', '0'], 'AGENT_BAD_OPTION'],
    [['--threads', '1e1'], 'AGENT_BAD_OPTION'],
    [['--log-level', 'loud'], 'AGENT_BAD_OPTION'],
    [['--cordinator', 'x'], 'AGENT_UNKNOWN_OPTION'],
    [['extra'], 'AGENT_UNKNOWN_OPTION'],
  ])('refuses %j', (argv, code) => {
    expect(() => readConfig(argv, {}, machine)).toThrow(expect.objectContaining({ code }));
  });

  it('knows when help is wanted', () => {
    expect(readConfig(['-h'], {}, machine)).toBe('help');
  });
});
