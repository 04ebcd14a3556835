// A Chromium for tests: the one that CHROMIUM names, one that is there, or Debian's, installed where that may be done.
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const packages = ['chromium', 'fonts-inter', 'fonts-dejavu-core'];

/** @param {string} cache where the log of an installation goes @returns {string | undefined} the program */
export function findChromium(cache) {
  return process.env.CHROMIUM ?? installed() ?? install(cache);
}

function installed() {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
}

function install(cache) {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return undefined;
  console.log(`installing ${packages.join(', ')} (log: ${path.join(cache, 'apt.log')})`);
  const log = openSync(path.join(cache, 'apt.log'), 'w');
  const apt = (...args) => spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', log, log] }).status;
  const wanted = ['install', '-y', '--no-install-recommends', ...packages];
  if (apt(...wanted) !== 0) {
    apt('update');
    apt(...wanted);
  }
  return installed();
}
