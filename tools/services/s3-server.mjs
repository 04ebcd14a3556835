// A real S3 server for tests: Ceph's gateway, started here and ended afterwards. On Debian, as root, its packages are installed
// first where they are missing.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const cache = path.join(root, '.cache', 's3');
const script = path.join(root, 'tools', 'services', 'ceph-rgw.sh');
const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common', 'ceph-mgr-'];   // the hyphen: without the manager

/**
 * The server, with a bucket in it, and the environment by which the AWS SDK finds it.
 *
 * @returns {Promise<{ env: Record<string, string>; bucket: string; stop: () => void }>}
 */
export async function startS3() {
  mkdirSync(cache, { recursive: true });
  const server = process.env.S3_ENDPOINT ? given(process.env.S3_ENDPOINT) : await start();
  const bucket = `test-${randomBytes(6).toString('hex')}`;
  const env = {
    AWS_ENDPOINT_URL_S3: server.endpoint, AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: server.accessKey, AWS_SECRET_ACCESS_KEY: server.secretKey,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', S3_TEST_BUCKET: bucket,
  };
  Object.assign(process.env, env);
  try {
    await makeBucket(bucket);
  } catch (error) {
    server.stop();
    throw error;
  }
  return { env, bucket, stop: server.stop };
}

/** A server that somebody else looks after. */
function given(endpoint) {
  const { S3_ACCESS_KEY: accessKey = process.env.AWS_ACCESS_KEY_ID, S3_SECRET_KEY: secretKey = process.env.AWS_SECRET_ACCESS_KEY } = process.env;
  if (!accessKey || !secretKey) throw new Error('S3_ENDPOINT is set, S3_ACCESS_KEY and S3_SECRET_KEY are not');
  return { endpoint, accessKey, secretKey, stop: () => undefined };
}

async function start() {
  install();
  const folder = path.join(cache, 'ceph');
  const keys = { accessKey: randomBytes(8).toString('hex'), secretKey: randomBytes(16).toString('hex') };
  const env = { ...process.env, S3_ACCESS_KEY: keys.accessKey, S3_SECRET_KEY: keys.secretKey };
  const stop = () => { spawnSync(script, ['stop', folder], { stdio: 'inherit' }); };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { stop(); process.exit(130); });

  // About one cold start in a dozen dies, and always works the second time.
  for (const attempt of [1, 2]) {
    const ports = [await freePort(), await freePort()];
    const endpoint = `http://127.0.0.1:${ports[0]}`;
    console.log(`starting a Ceph S3 gateway at ${endpoint}${attempt > 1 ? ', once more' : ''} (log: ${path.relative(root, cache)}/start.log)`);
    const log = openSync(path.join(cache, 'start.log'), 'w');
    const { status } = spawnSync(script, ['start', folder, ...ports.map(String)], { env, stdio: ['ignore', log, log], timeout: 180_000 });
    if (status === 0 && await answers(endpoint)) return { endpoint, ...keys, stop };
    stop();
  }
  console.error(readFileSync(path.join(cache, 'start.log'), 'utf8').slice(-2000));
  throw new Error('the gateway did not start twice; its logs are in .cache/s3/ceph/log');
}

/** Debian's packages of the gateway, where they are missing. */
function install() {
  if (spawnSync('which', ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool']).status === 0) return;
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    throw new Error(`no S3 server to test against: install ${packages.slice(0, -1).join(', ')}, or set S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY`);
  }
  console.log(`installing ${packages.slice(0, -1).join(', ')} (log: ${path.relative(root, cache)}/apt.log)`);
  const log = openSync(path.join(cache, 'apt.log'), 'w');
  const apt = (...args) => spawnSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', log, log] }).status;
  if (apt('install', '-y', '--no-install-recommends', ...packages) !== 0) {
    apt('update');
    if (apt('install', '-y', '--no-install-recommends', ...packages) !== 0) throw new Error('the packages could not be installed; see .cache/s3/apt.log');
  }
}

/** A port below those that outgoing connections take at random. */
async function freePort() {
  for (let tries = 0; tries < 50; tries++) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 12_000);
    const free = await new Promise((resolve) => {
      const probe = createServer().once('error', () => { resolve(false); });
      probe.listen(port, '127.0.0.1', () => probe.close(() => { resolve(true); }));
    });
    if (free) return port;
  }
  throw new Error('no free port between 20000 and 32000');
}

async function answers(endpoint) {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(endpoint).catch(() => undefined);
    if (response?.ok) return true;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return false;
}

async function makeBucket(bucket) {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}
