// Builds the images of deploy/docker for real and lets a sweep pass through them, on a machine without a container engine: the
// Dockerfiles run under buildah with chroot isolation on a base that debootstrap makes, and their programs start from the
// resulting file systems, read-only, as the user that the images name. Debian, as root; takes some minutes.
//
//   npm run test:images               builds, then sweeps
//   npm run test:images -- --built    sweeps with the images of the last build
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startS3 } from './services/s3-server.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'images');
const storage = ['--root', path.join(cache, 'storage'), '--runroot', path.join(cache, 'run'), '--storage-driver', 'vfs'];
const base = 'localhost/neuron-atlas-test-base:latest';
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
  console.log(`base: ${makeBase()}`);
  const images = {};
  for (const image of ['coordinator', 'gpu-agent-cpu', 'cli']) {
    const begun = Date.now();
    if (!process.argv.includes('--built')) buildah('bud', '--isolation', 'chroot', '--format', 'docker', '--layers=false', '--quiet', '--build-arg', `NODE_IMAGE=${base}`, '-f', `deploy/docker/${image}.Dockerfile`, '-t', `neuron-atlas-${image}:test`, '.');
    const container = buildah('from', `neuron-atlas-${image}:test`);
    undo.push(() => { buildah('rm', container); });
    const config = JSON.parse(buildah('inspect', '--type', 'image', `neuron-atlas-${image}:test`)).OCIv1.config;
    images[image] = { folder: buildah('mount', container), config };
    const bill = JSON.parse(readFileSync(path.join(images[image].folder, 'app/sbom.cdx.json'), 'utf8'));
    const size = execFileSync('du', ['-sm', path.join(images[image].folder, 'app')], { encoding: 'utf8' }).split('\t')[0];
    console.log(`${image}: built in ${Math.round((Date.now() - begun) / 1000)} s, /app has ${size} MB, bill of materials with ${bill.components.length} components, user ${config.User}`);
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

/** A program of an image as a container would run it: read-only root, the image's user and environment, folders for what it writes. */
function contained({ folder, config }, args, { env = {}, writable = ['/tmp'] } = {}) {
  const script = [
    'set -e', 'mount --make-rprivate /', 'mount --bind "$1" "$1"',
    ...writable.map((at) => `mkdir -p "$1${at}"`),
    'mount -o remount,bind,ro "$1"',
    ...writable.map((at) => `mount -t tmpfs -o mode=1777 tmpfs "$1${at}"`),
    'mount -t proc proc "$1/proc"', 'mount --bind /dev "$1/dev"',
    // Each replaces the one before: the process stays this child.
    `root=$1; shift; exec chroot --userspec=${config.User} "$root" /usr/bin/setpriv --no-new-privs "$@"`,
  ].join('\n');
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', folder, ...config.Entrypoint, ...args], {
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
    void ended.then(({ code }) => reject(new Error(`${config.Entrypoint.at(-1)} ended with ${code}:\n${said}`)));
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
  const agent = contained(images['gpu-agent-cpu'], ['--coordinator', listening, '--id', 'sandbox'], { env: { ...s3.env, NEURON_ATLAS_AGENT_METRICS: '127.0.0.1:0' }, writable: ['/tmp', '/cache', '/scratch'] });
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
  const stopped = Promise.all([coordinator.ended, agent.ended]);
  for (const { child } of [agent, coordinator]) child.kill('SIGTERM');
  const codes = (await stopped).map((end) => end.code);
  console.log(`stopped with ${codes.join(' and ')}`);
  return codes.every((end) => end === 0) ? 0 : 1;
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
