// A Python with the readers of tools/python/readers.txt, in a virtual environment of its own: made once, kept in the cache.
// On Debian, as root, Python itself is installed where it is missing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const requirements = path.join(path.dirname(fileURLToPath(import.meta.url)), '../python/readers.txt');

/** The interpreter of the environment, or why there is none. */
export function pythonReaders(cache) {
  const folder = path.join(cache, 'python');
  const python = path.join(folder, 'bin', 'python');
  const stamp = path.join(folder, 'made-from');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { python };
  mkdirSync(cache, { recursive: true });
  const log = openSync(path.join(cache, 'python.log'), 'a');
  const run = (command, ...args) => spawnSync(command, args, { stdio: ['ignore', log, log], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PIP_DISABLE_PIP_VERSION_CHECK: '1' } }).status === 0;
  const make = () => {
    rmSync(folder, { recursive: true, force: true });
    return run('python3', '-m', 'venv', folder);
  };
  if (!make() && !(installPython(run) && make())) return { problem: 'there is no Python 3 with venv: install it (on Debian: python3-venv)' };
  console.log('installing pandas, pyarrow, duckdb and datasets for the tests of what Python reads (half a minute, 500 MB)');
  if (!run(python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements)) return { problem: `the packages of tools/python/readers.txt could not be installed; ${path.join(cache, 'python.log')} says why` };
  writeFileSync(stamp, wanted);
  return { python };
}

function installPython(run) {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return false;
  const wanted = ['install', '-y', '--no-install-recommends', 'python3', 'python3-venv'];
  return run('apt-get', ...wanted) || (run('apt-get', 'update') && run('apt-get', ...wanted));
}
