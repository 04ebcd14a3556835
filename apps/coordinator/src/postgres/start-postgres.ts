import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../errors.js';
import { findBinaries, type Binaries } from './find-binaries.js';
import { serverUser, type ServerUser } from './server-user.js';
import { stopOrphan } from './stop-orphan.js';

export interface Postgres {
  /** Connection settings of its superuser; the server listens on loopback only. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string };
  readonly pid: number;
  /** pid of the server that was found running without a coordinator and was stopped first. */
  readonly stoppedOrphan: number | undefined;
  /** Resolves with the reason when the server ends without having been asked to. */
  readonly died: Promise<string>;
  /** Disconnects everybody, writes all out and ends. */
  stop(): Promise<void>;
  /** For the last moment of this process: tells the server to end, without waiting. */
  stopNow(): void;
}

const superuser = 'neuron_atlas';

/**
 * A PostgreSQL of our own with its data in `<stateDir>/postgres`, made on first use; fsync stays on.
 *
 * The caller holds the lock of `stateDir`. The server gets a session of its own, so that Ctrl-C reaches only us, who then
 * stop it in order. Errors: COORDINATOR_POSTGRES_MISSING, COORDINATOR_POSTGRES_START, COORDINATOR_POSTGRES_ORPHAN.
 */
export async function startPostgres(stateDir: string): Promise<Postgres> {
  const user = serverUser();
  const binaries = findBinaries(user);
  const dataDir = join(stateDir, 'postgres');
  const stoppedOrphan = await stopOrphan(dataDir);
  for (const left of readdirSync(stateDir)) if (left.startsWith('postgres.draft-')) rmSync(join(stateDir, left), { recursive: true });
  const password = passwordOf(stateDir);
  if (!existsSync(dataDir)) initialise({ stateDir, dataDir, binaries, user, password });
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const started = await launch({ stateDir, dataDir, binaries, user, port });
    if (typeof started !== 'string') {
      return { ...started, stoppedOrphan, connection: { host: '127.0.0.1', port, user: superuser, password, database: 'postgres' } };
    }
    // Between our look at the port and the server's somebody may take it.
    if (attempt === 5 || !/address already in use/i.test(started)) throw errors.postgresStart({ directory: dataDir, reason: started });
  }
}

function passwordOf(stateDir: string): string {
  const file = join(stateDir, 'postgres-password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
  return readFileSync(file, 'utf8').trim();
}

interface Place { readonly stateDir: string; readonly dataDir: string; readonly binaries: Binaries; readonly user: ServerUser | undefined }

// As root the server is another user, who may not be able to reach the folder by its path (below /root, say). It is
// started inside it instead: the working directory is entered before the user changes, and /proc/self/cwd names it.
const dataDirFor = ({ user }: Place, dataDir: string): string => user !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : dataDir;

// Nothing of our environment matters to the server, and PG* variables would.
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Made beside its place and renamed into it when it is whole. */
function initialise(place: Place & { readonly password: string }): void {
  const draft = join(place.stateDir, `postgres.draft-${process.pid}`);
  mkdirSync(draft, { mode: 0o700 });
  // initdb reads the password from a file of its own user's; handed over open, for the folder may be closed to that user.
  const passwordFile = `${draft}.password`;
  writeFileSync(passwordFile, `${place.password}\n`, { mode: 0o600 });
  if (place.user !== undefined) for (const path of [draft, passwordFile]) chownSync(path, place.user.ids.uid, place.user.ids.gid);
  const opened = openSync(passwordFile, 'r');
  const made = spawnSync(place.binaries.initdb, [
    '-D', dataDirFor(place, draft), '-U', superuser, '--auth=scram-sha-256', '--pwfile=/dev/stdin',
    '--encoding=UTF8', '--locale=C', '--no-instructions',
  ], { cwd: draft, ...place.user?.ids, env: environment, stdio: [opened, 'pipe', 'pipe'], encoding: 'utf8' });
  closeSync(opened);
  rmSync(passwordFile);
  if (made.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    const reason = made.error?.message ?? lastLines(made.stderr);
    throw errors.postgresStart({ directory: place.dataDir, reason: reason === '' ? `initdb ended with ${made.status ?? made.signal}` : reason });
  }
  renameSync(draft, place.dataDir);
  const folder = openSync(place.stateDir, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

async function launch(place: Place & { readonly port: number }): Promise<Pick<Postgres, 'pid' | 'died' | 'stop' | 'stopNow'> | string> {
  const logFile = join(place.stateDir, 'postgres.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(place.binaries.postgres, [
    '-D', dataDirFor(place, place.dataDir), '-p', String(place.port),
    '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=',
    '-c', 'max_connections=60', '-c', 'shared_buffers=64MB', '-c', 'io_method=sync', '-c', 'log_checkpoints=off', '-c', 'logging_collector=off',
  ], { cwd: place.dataDir, ...place.user?.ids, env: environment, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(`the server ended with ${signal ?? `exit code ${code}`}: ${lastLines(readFileSync(logFile, 'utf8'))}`));
  });
  const problem = await Promise.race([ready(place.dataDir, child), ended]);
  if (problem !== undefined) return problem;
  let stopping = false;
  return {
    pid: child.pid ?? 0,
    died: new Promise((resolve) => { void ended.then((reason) => { if (!stopping) resolve(reason); }); }),
    stopNow: () => { stopping = true; child.kill('SIGINT'); },
    stop: async () => {
      stopping = true;
      child.kill('SIGINT'); // "fast": ends sessions, then checkpoints
      const late = setTimeout(() => child.kill('SIGQUIT'), 20_000);
      await ended;
      clearTimeout(late);
    },
  };
}

// The last line of postmaster.pid says how far the server is.
async function ready(dataDir: string, child: ChildProcess): Promise<undefined> {
  const file = join(dataDir, 'postmaster.pid');
  for (;;) {
    await sleep(10);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return new Promise(() => {}); // `ended` tells
    if (!existsSync(file)) continue;
    const lines = readFileSync(file, 'utf8').split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return undefined;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('unreachable: no port'))));
    });
  });
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' | ');
