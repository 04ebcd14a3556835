// Runs real sweeps under faults (`*.chaos.test.ts`): two coordinators, four agents, a real S3 server, a real PostgreSQL. Which faults
// strike, in which order and how hard, follows from the seed. On Debian, as root, libfaketime and the S3 server's packages are
// installed first where they are missing.
//
//   npm run test:chaos -- [--seed N] [--faults 200] [--keep FOLDER] [vitest arguments]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runVitest } from './run-vitest.mjs';
import { startS3 } from './services/s3-server.mjs';

main().then((code) => { process.exitCode = code; }, (error) => {
  console.error(`test:chaos: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  const rest = process.argv.slice(2);
  const option = (name, otherwise) => {
    const at = rest.indexOf(name);
    return at < 0 ? otherwise : rest.splice(at, 2)[1] ?? '';
  };
  const [seed, faults, folder] = [option('--seed', '1'), option('--faults', '200'), option('--keep', '')];
  for (const [name, value] of [['--seed', seed], ['--faults', faults]]) if (!/^\d{1,9}$/.test(value)) throw new Error(`${name} takes a whole number, not ${value}`);
  installFaketime();
  const server = await startS3();
  try {
    return await runVitest('vitest.chaos.config.ts', rest.length > 0 ? rest : ['sweep-under-faults'], {
      ...server.env, NEURON_ATLAS_CHAOS_SEED: seed, NEURON_ATLAS_CHAOS_FAULTS: faults,
      ...(folder === '' ? {} : { NEURON_ATLAS_CHAOS_FOLDER: path.resolve(folder) }),
    });
  } finally {
    server.stop();
  }
}

/** Sets clocks; where it is not to be had, the run says so and does without. */
function installFaketime() {
  const there = readdirSync('/usr/lib').some((name) => existsSync(path.join('/usr/lib', name, 'faketime')));
  if (there || !existsSync('/etc/debian_version') || process.getuid?.() !== 0) return;
  const apt = (...args) => spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' }).status === 0;
  const install = () => apt('install', '-y', '--no-install-recommends', 'libfaketime');
  if (!install() && apt('update')) install();
}
