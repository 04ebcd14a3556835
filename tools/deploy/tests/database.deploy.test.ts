import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileHashes, neuronAtlas, writeSmallSweep } from '../../../apps/cli/src/e2e/small-sweep.fixture.js';

// What docs/deploy.md says of the database, on the PostgreSQL that Debian has and with its own tools: not the one that comes along.

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'deploy-backup-'));
const tools = process.env['POSTGRES_TOOLS']!;
const children: ChildProcess[] = [];
let port: number;

const asPostgres = (tool: string, ...args: readonly string[]): string =>
  execFileSync('runuser', ['-u', 'postgres', '--', join(tools, tool), ...args], { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const onServer = (tool: string, ...args: readonly string[]): string => asPostgres(tool, '-h', '127.0.0.1', '-p', String(port), ...args);
const ask = (sql: string): string => onServer('psql', '-d', 'neuron_atlas', '-At', '-c', sql).trim();

function start(bin: string, args: readonly string[]): Promise<Record<string, string>> {
  const child = spawn(process.execPath, [join(root, bin), ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${bin} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => { if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, string>); });
  });
}

/** A coordinator on the database, and an agent of that name; gives the coordinator's address. */
async function cluster(agent = 'one'): Promise<string> {
  const { listening = '' } = await start('apps/coordinator/bin/neuron-atlas-coordinator.js', [
    '--database', `postgres://postgres@127.0.0.1:${port}/neuron_atlas`, '--log-level', 'fatal', '--lease-ttl-ms', '2000', '--heartbeat-ms', '500', '--reaper-ms', '300',
  ]);
  await start('apps/gpu-agent/bin/neuron-atlas-agent.js', [
    '--coordinator', listening, '--id', agent, '--provider', 'cpu', '--threads', '1', '--cache', join(folder, 'cache'), '--scratch', join(folder, 'scratch'), '--log-level', 'fatal',
  ]);
  return listening;
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  for (const child of children.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill(signal);
    await ended;
  }
}

beforeAll(async () => {
  const { uid, gid } = { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) };
  chmodSync(folder, 0o755);
  for (const name of ['data', 'socket', 'backups']) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), uid, gid);
  }
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  ({ port } = server.address() as AddressInfo);
  await new Promise((resolve) => { server.close(resolve); });
  asPostgres('initdb', '-D', join(folder, 'data'), '--auth=trust', '--no-sync');
  execFileSync('runuser', ['-u', 'postgres', '--', join(tools, 'pg_ctl'), '-D', join(folder, 'data'), '-w', '-l', join(folder, 'backups/server.log'), '-o', `-p ${port} -k ${join(folder, 'socket')} -c listen_addresses=127.0.0.1`, 'start'], { stdio: 'ignore' });
  onServer('createdb', 'neuron_atlas');
});

afterAll(async () => {
  await stop('SIGKILL');
  asPostgres('pg_ctl', '-D', join(folder, 'data'), '-m', 'immediate', 'stop');
  rmSync(folder, { recursive: true, force: true });
});

describe('a backup of the database', () => {
  it('taken in the middle of a sweep and restored after its end makes the sweep end again, with the same bytes', async () => {
    const atlas = join(folder, 'atlas');
    const dump = join(folder, 'backups/neuron-atlas.dump');
    await writeSmallSweep(join(folder, 'spec'), atlas, 800);
    const submitted = neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', await cluster()], join(folder, 'spec'));
    while (ask(`SELECT count(*) FROM shard WHERE state = 'done'`) === '0') await sleep(100);
    onServer('pg_dump', '-Fc', '-d', 'neuron_atlas', '-f', dump);
    expect((await submitted).code).toBe(0);
    const [sweep, states] = [ask('SELECT id FROM sweep'), (): string => ask('SELECT state, count(*) FROM shard GROUP BY state ORDER BY state')];
    expect(states()).toBe('done|5');
    const before = await fileHashes(atlas);
    await stop('SIGTERM');

    onServer('dropdb', 'neuron_atlas');
    onServer('createdb', 'neuron_atlas');
    onServer('pg_restore', '-d', 'neuron_atlas', dump);
    expect(ask('SELECT state FROM sweep')).toBe('running');
    expect(Number(ask(`SELECT count(*) FROM shard WHERE state = 'done'`))).toBeLessThan(5);
    const { code } = await neuronAtlas(['watch', sweep, '--coordinator', await cluster()], folder);
    expect(code).toBe(0);
    expect(states()).toBe('done|5');
    expect(await fileHashes(atlas)).toEqual(before);
    expect(ask('SHOW server_version')).toMatch(/^1[5-9]/);
  });
});

describe('two coordinators on one database', () => {
  it('work on one sweep, and when one is killed with a shard in the hands of its agent the other ends it, with the same bytes', async () => {
    await stop('SIGTERM');
    const [alone, together] = [join(folder, 'atlas'), join(folder, 'together')];
    await writeSmallSweep(join(folder, 'spec-together'), together, 800);
    const [first, second] = [await cluster('one'), await cluster('two')];
    expect((await neuronAtlas(['submit', 'sweep.yaml', '--coordinator', first], join(folder, 'spec-together'))).code).toBe(0);
    const sweep = ask('SELECT id FROM sweep ORDER BY number DESC LIMIT 1');
    const holders = (): string => ask(`SELECT string_agg(agent_id, ' ' ORDER BY agent_id) FROM shard JOIN session ON session.id = shard.session WHERE sweep_id = '${sweep}' AND state = 'leased'`);
    while (holders() !== 'one two') await sleep(100);
    // The first coordinator and its agent, as with a machine that is gone.
    for (const child of children.splice(0, 2)) child.kill('SIGKILL');
    const { code } = await neuronAtlas(['watch', sweep, '--coordinator', second], folder);
    expect(code).toBe(0);
    expect(ask(`SELECT count(*) > 0 FROM shard_failure WHERE sweep_id = '${sweep}' AND class = 'LOST' AND agent_id = 'one'`)).toBe('t');
    const [before, after] = [await fileHashes(alone), await fileHashes(together)];
    // The manifest names the place; everything else is the same.
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const file of Object.keys(before)) if (file !== 'atlas.json') expect(after[file], file).toBe(before[file]);
  });
});
