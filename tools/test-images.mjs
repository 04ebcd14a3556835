// Builds the images of deploy/docker for real and lets a sweep pass through them, on a machine without a container engine: the
// Dockerfiles run under buildah with chroot isolation on a base that debootstrap makes, and their programs start from the
// resulting file systems, read-only, as the user that the images name. Debian, as root; takes some minutes.
//
//   npm run test:images               builds, then sweeps
//   npm run test:images -- --built    sweeps with the images of the last build
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findChromium } from './services/chromium.mjs';
import { startS3 } from './services/s3-server.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'images');
const storage = ['--root', path.join(cache, 'storage'), '--runroot', path.join(cache, 'run'), '--storage-driver', 'vfs'];
const base = 'localhost/neuron-atlas-test-base:latest';
const webBase = 'localhost/neuron-atlas-test-web:latest';
const undo = [];

main().then((code) => { process.exitCode = code; }, (error) => {
  console.error(`test:images: ${error.stack ?? error}`);
  process.exitCode = 1;
}).finally(async () => { for (const step of undo.reverse()) await step(); });

function buildah(...args) {
  return execFileSync('buildah', [...storage, ...args], { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 }).trim();
}

async function main() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error('this needs Debian and root: it makes file systems and changes into them');
  install(['buildah', 'debootstrap']);
  mkdirSync(cache, { recursive: true });
  console.log(`bases: ${makeBase()}; ${makeWebBase()}`);
  const images = {};
  for (const image of ['coordinator', 'gpu-agent-cpu', 'cli', 'viewer']) {
    const begun = Date.now();
    if (!process.argv.includes('--built')) buildah('bud', '--isolation', 'chroot', '--format', 'docker', '--layers=false', '--quiet', '--build-arg', `NODE_IMAGE=${base}`, '--build-arg', `NGINX_IMAGE=${webBase}`, '-f', `deploy/docker/${image}.Dockerfile`, '-t', `neuron-atlas-${image}:test`, '.');
    const container = buildah('from', `neuron-atlas-${image}:test`);
    undo.push(() => { buildah('rm', container); });
    const config = JSON.parse(buildah('inspect', '--type', 'image', `neuron-atlas-${image}:test`)).OCIv1.config;
    images[image] = { folder: buildah('mount', container), config };
    const ours = image === 'viewer' ? 'usr/share/nginx/html' : 'app';
    const bill = JSON.parse(readFileSync(path.join(images[image].folder, 'app/sbom.cdx.json'), 'utf8'));
    if (!(bill.components.length > 0)) throw new Error(`${image} has an empty bill of materials`);
    const size = execFileSync('du', ['-sm', path.join(images[image].folder, ours)], { encoding: 'utf8' }).split('\t')[0];
    console.log(`${image}: built in ${Math.round((Date.now() - begun) / 1000)} s, /${ours} has ${size} MB, bill of materials with ${bill.components.length} components, user ${config.User}`);
    if (config.User !== '10001:10001') throw new Error(`${image} runs as ${config.User}`);
  }
  return sweepThrough(images);
}

/** A Debian with this machine's Node in it: what node:…-bookworm-slim is, as far as these Dockerfiles see. */
function makeBase() {
  const folder = path.join(cache, 'base');
  if (!existsSync(path.join(folder, 'usr/local/bin/node'))) {
    rmSync(folder, { recursive: true, force: true });
    // The sources of this machine, so that it works behind whatever mirror it has.
    const mirror = /^URIs:\s*(\S+)|^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter(existsSync).map((file) => readFileSync(file, 'utf8')).join('\n'));
    execFileSync('debootstrap', ['--variant=minbase', '--include=ca-certificates,libstdc++6', 'bookworm', folder, ...(mirror === null ? [] : [mirror[1] ?? mirror[2]])], { stdio: ['ignore', 'ignore', 'inherit'] });
    const npm = path.dirname(path.dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())));
    mkdirSync(path.join(folder, 'usr/local/lib/node_modules'), { recursive: true });
    cpSync(npm, path.join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: false });
    for (const name of ['npm', 'npx']) execFileSync('ln', ['-sf', `../lib/node_modules/npm/bin/${name}-cli.js`, path.join(folder, 'usr/local/bin', name)]);
    cpSync(realpathSync(process.execPath), path.join(folder, 'usr/local/bin/node'));
  }
  // A machine behind a proxy of its own needs its certificates and npm's settings to reach the registry.
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(certificates)) cpSync(certificates, path.join(folder, certificates));
  const settings = path.join(homedir(), '.npmrc');
  mkdirSync(path.join(folder, 'usr/local/etc'), { recursive: true });
  if (existsSync(settings)) cpSync(settings, path.join(folder, 'usr/local/etc/npmrc'));
  const container = buildah('from', 'scratch');
  buildah('copy', '--quiet', container, folder, '/');
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '--env', `NODE_EXTRA_CA_CERTS=${certificates}`, container);
  buildah('commit', '--quiet', '--rm', container, base);
  return `Debian ${readFileSync(path.join(folder, 'etc/debian_version'), 'utf8').trim()}, Node ${process.version}`;
}

/**
 * Debian's nginx set up as nginxinc/nginx-unprivileged is, as far as our Dockerfile and manifests see: any user may run it, it
 * writes below /tmp alone, and takes servers from conf.d.
 */
function makeWebBase() {
  const container = buildah('from', base);
  buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-c', 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light >/dev/null && rm -rf /usr/share/nginx/html/* /etc/nginx/sites-enabled /var/lib/apt/lists/*');
  const settings = path.join(cache, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path /tmp/${name}_temp;`);
  writeFileSync(settings, ['pid /tmp/nginx.pid;', 'error_log stderr notice;', 'events {}', 'http {', '  include /etc/nginx/mime.types;', '  access_log off;', ...temporary, '  include /etc/nginx/conf.d/*.conf;', '}', ''].join('\n'));
  buildah('copy', '--quiet', container, settings, '/etc/nginx/nginx.conf');
  buildah('config', '--entrypoint', '[]', '--cmd', '["nginx", "-g", "daemon off;"]', container);
  buildah('commit', '--quiet', '--rm', container, webBase);
  return 'nginx of Debian';
}

/** A program of an image as a container would run it: read-only root, the image's user and environment, folders for what it writes. */
function contained({ folder, config }, args, { program = config.Entrypoint ?? config.Cmd, env = {}, writable = ['/tmp'] } = {}) {
  const script = [
    'set -e', 'mount --make-rprivate /', 'mount --bind "$1" "$1"',
    ...writable.map((at) => `mkdir -p "$1${at}"`),
    'mount -o remount,bind,ro "$1"',
    ...writable.map((at) => `mount -t tmpfs -o mode=1777 tmpfs "$1${at}"`),
    'mount -t proc proc "$1/proc"', 'mount --bind /dev "$1/dev"',
    // Each replaces the one before: the process stays this child.
    `root=$1; shift; exec chroot --userspec=${config.User} "$root" /usr/bin/setpriv --no-new-privs "$@"`,
  ].join('\n');
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', folder, ...program, ...args], {
    env: { ...Object.fromEntries(config.Env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { said += part; });
  undo.push(() => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  }));
  const ended = new Promise((resolve) => { child.once('exit', (code) => resolve({ code, said })); });
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => { if (line.startsWith('{')) resolve(JSON.parse(line)); });
    void ended.then(({ code }) => reject(new Error(`${program.join(' ')} ended with ${code}:\n${said}`)));
  });
  ready.catch(() => {});
  return { child, ready, ended };
}

async function sweepThrough(images) {
  const s3 = await startS3();
  undo.push(s3.stop);
  const { startPostgres } = await import('../apps/coordinator/dist/postgres/start-postgres.js');
  const home = mkdtempSync(path.join(tmpdir(), 'images-'));
  undo.push(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(path.join(home, 'postgres'));
  const postgres = await startPostgres(path.join(home, 'postgres'));
  undo.push(() => postgres.stop());
  const { host, port, user, password, database } = postgres.connection;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;

  const coordinator = contained(images.coordinator, ['--listen', '127.0.0.1:0', '--metrics', '127.0.0.1:0'], { env: { NEURON_ATLAS_COORDINATOR_DATABASE: url } });
  const { listening, metrics } = await coordinator.ready;
  const agentMetrics = await freePort();
  const agent = contained(images['gpu-agent-cpu'], ['--coordinator', listening, '--id', 'sandbox'], { env: { ...s3.env, NEURON_ATLAS_AGENT_METRICS: `127.0.0.1:${agentMetrics}` }, writable: ['/tmp', '/cache', '/scratch'] });
  await agent.ready;
  for (const [name, { child }] of Object.entries({ coordinator, agent })) {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const [uid] = /^Uid:\s+(\d+)/m.exec(status).slice(1);
    const [caps] = /^CapEff:\s+([0-9a-f]+)/m.exec(status).slice(1);
    if (uid !== '10001' || !/^0+$/.test(caps)) throw new Error(`${name} runs as ${uid} with capabilities ${caps}`);
  }
  for (const probe of ['livez', 'readyz']) {
    const { status } = await fetch(`http://${metrics}/${probe}`);
    if (status !== 200) throw new Error(`/${probe} answers ${status}`);
  }
  // The command line's image too: it reads the spec from a folder that is mounted into it.
  const work = path.join(images.cli.folder, 'work');
  mkdirSync(work, { recursive: true });
  cpSync(path.join(root, 'examples/demo/demo.onnx'), path.join(work, 'demo.onnx'));
  writeFileSync(path.join(work, 'sweep.yaml'), [
    'model: { path: demo.onnx }', 'units: { channels: "0-3" }', 'views:', '  synthesis:', '    - { prior: pixels, objective: channel, steps: 8, size: 32 }', `output: s3://${s3.bucket}/sandbox`, '',
  ].join('\n'));
  const { code, said } = await contained(images.cli, ['submit', '/work/sweep.yaml', '--watch', '--coordinator', listening], { env: s3.env }).ended;
  if (code !== 0) throw new Error(`the sweep ended with ${code}:\n${said}`);
  const { openStore } = await import('@neuron-atlas/blobs');
  const { openAtlas } = await import('@neuron-atlas/atlas');
  const atlas = await openAtlas(await openStore(`s3://${s3.bucket}/sandbox`));
  const { problems } = await atlas.verify();
  if (problems.length > 0) throw new Error(`the atlas has problems: ${JSON.stringify(problems)}`);
  console.log(`a sweep passed through: ${atlas.manifest.totals.units} units of ${atlas.manifest.totals.layers} layers, ${atlas.manifest.files.length} files, atlas.json ${createHash('sha256').update(JSON.stringify(atlas.manifest)).digest('hex').slice(0, 12)}`);
  // What the images ask to be asked, from inside.
  for (const [name, port] of [['coordinator', metrics.split(':').at(-1)], ['gpu-agent-cpu', agentMetrics]]) {
    const health = await contained(images[name], [], { program: ['node', '/app/health.mjs'], env: { HEALTH_PORT: port } }).ended;
    if (health.code !== 0) throw new Error(`the health check of ${name} says: ${health.said}`);
  }
  await lookAt(images.viewer, await openStore(`s3://${s3.bucket}/sandbox`));
  const stopped = Promise.all([coordinator.ended, agent.ended]);
  for (const { child } of [agent, coordinator]) child.kill('SIGTERM');
  const codes = (await stopped).map((end) => end.code);
  console.log(`stopped with ${codes.join(' and ')}`);
  return codes.every((end) => end === 0) ? 0 : 1;
}

/** The viewer's image with an atlas beside its page, as the page of a cluster: headers, ranges, and a browser that shows it. */
async function lookAt(image, store) {
  for await (const key of store.list('')) {
    if (key.startsWith('model/')) continue;
    const file = path.join(image.folder, 'usr/share/nginx/html/atlas', key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, await store.get(key));
  }
  const viewer = contained(image, []);
  const page = 'http://127.0.0.1:8080/';
  const until = Date.now() + 20_000;
  for (;;) {
    const up = await fetch(page).then(({ status }) => status === 200, () => false);
    if (up) break;
    if (Date.now() > until || viewer.child.exitCode !== null) throw new Error(`the viewer does not serve its page: ${(await Promise.race([viewer.ended, { said: 'no answer' }])).said}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const { headers } = await fetch(page);
  for (const [name, expected] of [['content-security-policy', /script-src 'self' 'wasm-unsafe-eval' 'sha256-/], ['x-content-type-options', /^nosniff$/], ['referrer-policy', /^no-referrer$/], ['cache-control', /^no-cache$/]]) {
    if (!expected.test(headers.get(name) ?? '')) throw new Error(`${name} of the page is ${headers.get(name)}`);
  }
  const part = await fetch(`${page}atlas/atlas.json`, { headers: { range: 'bytes=0-9' } });
  if (part.status !== 206 || (await part.arrayBuffer()).byteLength !== 10) throw new Error(`a read by range is answered with ${part.status}`);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(cache), args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    const complaints = [];
    tab.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    tab.on('pageerror', (error) => complaints.push(String(error)));
    await tab.goto(page);
    for (const seen of [tab.getByText('conv1'), tab.locator('canvas, img')]) await seen.first().waitFor({ timeout: 60_000 });
    await tab.screenshot({ path: path.join(cache, 'viewer.png') });
    if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join('; ')}`);
  } finally {
    await browser.close();
  }
  console.log('the viewer shows the atlas, with its policy, by ranges');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return String(port);
}

function install(packages) {
  const missing = packages.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(', ')}`);
  const apt = (...args) => spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] }).status;
  if (apt('install', '-y', '--no-install-recommends', ...missing) !== 0 && (apt('update') !== 0 || apt('install', '-y', '--no-install-recommends', ...missing) !== 0)) {
    throw new Error(`${missing.join(', ')} could not be installed`);
  }
}
