// Runs the `*.deploy.test.ts` files: what deploy/ holds, rendered and held against Kubernetes' own types, against the rules of
// Prometheus, and against the code. Needs Go, for the renderer, promtool, PostgreSQL with pg_dump, and Chromium; on Debian, as root,
// all but Go are installed. The dashboards as the live test saw them lie in .cache/deploy/dashboards afterwards.
//
//   npm run test:deploy [-- vitest arguments]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runVitest } from './run-vitest.mjs';
import { findChromium } from './services/chromium.mjs';
import { startS3 } from './services/s3-server.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'deploy');
mkdirSync(cache, { recursive: true });

function step(title, command, args, options = {}) {
  console.log(`deploy: ${title}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: root, ...options });
  if (status !== 0) {
    console.error(`test:deploy: ${title} failed (${error?.message ?? `exit code ${status}`})`);
    process.exit(1);
  }
}

/** @returns {string | undefined} the folder of a PostgreSQL with its server and pg_dump: what comes along has no pg_dump */
function postgresTools() {
  const all = '/usr/lib/postgresql';
  return (existsSync(all) ? readdirSync(all) : []).sort((a, b) => Number(b) - Number(a)).map((version) => path.join(all, version, 'bin'))
    .find((folder) => ['initdb', 'pg_dump'].every((tool) => existsSync(path.join(folder, tool))));
}

function install(name) {
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    console.error(`test:deploy: ${name} is not there; install the package ${name}`);
    process.exit(1);
  }
  step(`installing ${name}`, 'sh', ['-c', `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${name} >/dev/null`]);
}

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

if (!has('go')) {
  console.error('test:deploy: go is not there; install Go 1.24 or newer: the manifests are checked against the types of Kubernetes itself');
  process.exit(1);
}
if (!has('promtool') || !has('prometheus')) {
  install('prometheus');
  // Debian starts the service; the tests start their own.
  spawnSync('sh', ['-c', 'systemctl disable --now prometheus 2>/dev/null || true']);
}
if (postgresTools() === undefined) {
  // Without a server that is made and started at once.
  mkdirSync('/etc/postgresql-common', { recursive: true });
  if (!existsSync('/etc/postgresql-common/createcluster.conf')) writeFileSync('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n');
  install('postgresql');
}
const browser = findChromium(cache);
if (browser === undefined) {
  console.error('test:deploy: there is no Chromium, which draws the dashboards: install it, or name one with CHROMIUM');
  process.exit(1);
}
step('building the renderer', 'go', ['build', '-o', path.join(cache, 'render'), '.'], { cwd: path.join(root, 'tools/deploy/render') });
step('dashboards are what their sources make', process.execPath, ['deploy/grafana/dist/main.js', '--check']);

const s3 = await startS3();
try {
  process.exitCode = await runVitest('vitest.deploy.config.ts', process.argv.slice(2), { ...s3.env, CHROMIUM: browser, POSTGRES_TOOLS: postgresTools(), NEURON_ATLAS_DEPLOY_CACHE: cache });
} finally {
  s3.stop();
}
