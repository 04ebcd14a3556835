import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.js';

const parse = (args: readonly string[], env: Record<string, string> = {}) => parseConfig(args, env);

describe('parseConfig', () => {
  it('fills in what is left out', () => {
    expect(parse(['--state', 'here'])).toEqual({
      listen: { host: '127.0.0.1', port: 0 }, database: { stateDir: resolve('here') }, leaseTtlMs: 60_000, heartbeatMs: 15_000, reaperMs: 5000, windowShards: 256, logLevel: 'info', auth: 'open',
    });
  });

  it('takes flags before the environment', () => {
    const env = { NEURON_ATLAS_COORDINATOR_STATE: '/from-env', NEURON_ATLAS_COORDINATOR_LEASE_TTL_MS: '30000', NEURON_ATLAS_COORDINATOR_LISTEN: '[::1]:7' };
    expect(parse(['--state', '/from-flag'], env)).toMatchObject({ database: { stateDir: '/from-flag' }, leaseTtlMs: 30_000, listen: { host: '::1', port: 7 } });
  });

  it.each(['127.0.0.1:0', '127.8.0.1:50051', 'localhost:1', '[::1]:65535'])('listens on loopback: %s', (listen) => {
    expect(parse(['--state', 's', '--listen', listen])).toMatchObject({ listen: { port: Number(listen.split(':').at(-1)) } });
  });

  it.each(['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'example.org:1', '127.0.0.1.example.org:1', '[::ffff:10.0.0.1]:1'])('refuses %s, which others can reach', (listen) => {
    expect(() => parse(['--state', 's', '--listen', listen])).toThrow(expect.objectContaining({ code: expect.stringMatching(/^COORDINATOR_(INSECURE_LISTEN|BAD_OPTION)$/) }));
  });

  it('listens anywhere once it has TLS, and takes a part of its files for a mistake', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coordinator-tls-'));
    try {
      const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=x', '-keyout', key, '-out', cert], { stdio: 'ignore' });
      const args = ['--state', 's', '--listen', '0.0.0.0:7070', '--tls-cert', cert, '--tls-key', key];
      expect(parse([...args, '--tls-ca', cert])).toMatchObject({ listen: { host: '0.0.0.0', port: 7070 }, tls: { cert, key, ca: cert }, auth: 'roles' });
      expect(() => parse([...args, '--tls-ca', cert, '--auth', 'open'])).toThrow(expect.objectContaining({ code: 'COORDINATOR_INSECURE_LISTEN' }));
      expect(() => parse(args)).toThrow(expect.objectContaining({ code: 'PROTO_TLS_INCOMPLETE' }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    [['--state', 's', '--listen', '127.0.0.1'], '--listen'],
    [['--state', 's', '--listen', '127.0.0.1:65536'], '--listen'],
    [['--state', 's', '--lease-ttl-ms', '1.5'], '--lease-ttl-ms'],
    [['--state', 's', '--lease-ttl-ms', '20000'], '--heartbeat-ms'],
    [['--state', 's', '--window-shards', '0'], '--window-shards'],
    [['--state', 's', '--log-level', 'loud'], '--log-level'],
    [['--state', 's', '--auth', 'some'], '--auth'],
    [['--state', 's', '--database', 'postgres://h/d'], '--state'],
    [['--database', 'mysql://h/d'], '--database'],
    [[], '--state'],
    [['--state', 's', 'more'], 'command line'],
    [['--stat', 's'], 'command line'],
  ])('names the option that is wrong in %j', (args, option) => {
    expect(() => parse(args)).toThrow(expect.objectContaining({ code: 'COORDINATOR_BAD_OPTION', details: expect.objectContaining({ option }) }));
  });

  it('does not repeat a password that stands in a wrong URL', () => {
    expect(() => parse(['--database', 'postgress://user:sesame@host/db'])).toThrow(expect.not.objectContaining({ message: expect.stringContaining('sesame') }));
  });
});
