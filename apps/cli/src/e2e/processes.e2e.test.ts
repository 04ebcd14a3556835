import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, expect, it } from 'vitest';
import { fileHashes, neuronAtlas, repository, writeSmallSweep } from './small-sweep.fixture.js';

const folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-processes-'));
const started: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).reverse().map((child) => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined);
    child.once('exit', resolve);
    child.kill('SIGTERM');
  })));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a program of the workspace and gives the field of the JSON line that it writes when it is ready. */
function start(bin: string, args: readonly string[], field: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [join(repository, bin), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  started.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${bin} ended with ${code}:\n${errors}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const value = (JSON.parse(line) as Readonly<Record<string, unknown>>)[field];
      if (typeof value === 'string') resolve(value);
    });
  });
}

it('makes the atlas that run makes, byte for byte, with coordinator, two agents and the command as processes of their own', async () => {
  await writeSmallSweep(join(folder, 'alone'), './atlas');
  expect(await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'alone'))).toMatchObject({ code: 0 });

  const home = join(folder, 'apart');
  await writeSmallSweep(home, './atlas');
  const address = await start('apps/coordinator/bin/neuron-atlas-coordinator.js', ['--state', join(home, 'coordinator'), '--listen', '127.0.0.1:0'], 'listening');
  await Promise.all(['one', 'two'].map((id) => start('apps/gpu-agent/bin/neuron-atlas-agent.js', [
    '--coordinator', address, '--id', id, '--provider', 'cpu', '--threads', '1', '--cache', join(home, 'cache'), '--scratch', join(home, 'scratch', id),
  ], 'agent')));
  const { code, stdout, stderr } = await neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', address], home);
  expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });

  expect(await fileHashes(join(home, 'atlas'))).toEqual(await fileHashes(join(folder, 'alone', 'atlas')));
  const agents = await neuronAtlas(['agents', '--json', '--coordinator', address], home);
  expect(agents.stdout).toMatch(/"one"[\s\S]*"two"|"two"[\s\S]*"one"/);
}, 300_000);

it('sweeps over mutual TLS, and has no answer for whoever shows no certificate', async () => {
  const home = join(folder, 'tls');
  await mkdir(home);
  const openssl = (...args: string[]): void => { execFileSync('openssl', args, { cwd: home, stdio: 'ignore' }); };
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  await writeFile(join(home, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  for (const name of ['coordinator', 'agent', 'user'] as const) {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/OU=${{ coordinator: 'none', agent: 'agent', user: 'operator' }[name]}/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names', '-out', `${name}.crt`);
  }
  const files = (name: string): string[] => ['--tls-cert', join(home, `${name}.crt`), '--tls-key', join(home, `${name}.key`), '--tls-ca', join(home, 'ca.crt')];
  await writeSmallSweep(home, './atlas', 20);
  // Every address is allowed with TLS; a test still listens on loopback only.
  const address = await start('apps/coordinator/bin/neuron-atlas-coordinator.js', ['--state', join(home, 'coordinator'), '--listen', '127.0.0.1:0', ...files('coordinator')], 'listening');
  await start('apps/gpu-agent/bin/neuron-atlas-agent.js', [
    '--coordinator', address, '--id', 'one', '--provider', 'cpu', '--threads', '1', '--cache', join(home, 'cache'), '--scratch', join(home, 'scratch'), ...files('agent'),
  ], 'agent');
  const user = { NEURON_ATLAS_TLS_CERT: join(home, 'user.crt'), NEURON_ATLAS_TLS_KEY: join(home, 'user.key'), NEURON_ATLAS_TLS_CA: join(home, 'ca.crt') };
  const made = await neuronAtlas(['token', 'create', '--name', 'ci', '--roles', 'submitter', '--certificate', 'user', '--json', '--coordinator', address], home, user);
  await writeFile(join(home, 'token'), `${(JSON.parse(made.stdout) as { readonly token: string }).token}\n`);
  const ci = { ...user, NEURON_ATLAS_TOKEN_FILE: join(home, 'token') };
  const { code, stdout, stderr } = await neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', address], home, ci);
  expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });
  expect(await neuronAtlas(['token', 'list', '--coordinator', address], home, ci)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^COORDINATOR_NOT_PERMITTED: ci /m) });
  expect(await neuronAtlas(['sweeps', '--coordinator', address], home, { ...ci, NEURON_ATLAS_TOKEN_FILE: join(home, 'none') })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^PROTO_TOKEN_UNREADABLE: /) });
  const audit = await neuronAtlas(['audit', '--json', '--coordinator', address], home, user);
  expect(JSON.parse(audit.stdout)).toMatchObject([{ who: 'ci', method: 'ListTokens', outcome: 'COORDINATOR_NOT_PERMITTED' }, { who: 'ci', method: 'SubmitSweep', subject: expect.stringMatching(/^sw-/), outcome: 'OK' }, { who: 'user', method: 'CreateToken', outcome: 'OK' }]);
  expect(await neuronAtlas(['sweeps', '--coordinator', address], home)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CLI_COORDINATOR_UNREACHABLE: /) });
  expect(await neuronAtlas(['sweeps', '--coordinator', address], home, { ...user, NEURON_ATLAS_TLS_KEY: '' })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^PROTO_TLS_INCOMPLETE: /) });
}, 300_000);
