import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { indexPath, openAtlas, partialPrefix } from '@neuron-atlas/atlas';
import { checkWritable, openStore, type BlobStore } from '@neuron-atlas/blobs';
import { isAtlasError } from '@neuron-atlas/errors';
import { packageNames } from '@neuron-atlas/plugins';
import { builtinPlugins } from '@neuron-atlas/synthesis';
import { errors } from './errors.js';
import { startLocalCluster, type LocalCluster } from './local/start-local-cluster.js';
import type { World } from './world.js';

/** The world as it is: this machine's files, processes and network. */
export function createNodeWorld(): World & { killChildren(): void } {
  const clusters = new Set<LocalCluster>();
  return {
    cwd: process.cwd(),
    env: process.env,
    cores: availableParallelism(),
    now: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    readText: async (path, what) => readFile(path, 'utf8').catch(unread(path, what)),
    readBytes: async (path, what) => readFile(path).catch(unread(path, what)),
    writeFile: writeWhole,
    exists: async (path) => access(path).then(() => true, () => false),
    projectFile: (path) => findAbove(dirname(fileURLToPath(import.meta.url)), path),
    // Loaded where they are used: together they take longer to load than most commands take to run.
    async readModel(location, inputs, signal) {
      const [{ readModel }, { createNodeRuntime }] = await Promise.all([import('./read-model.js'), import('@neuron-atlas/synthesis/node')]);
      // The CPU is enough to learn shapes, and leaves the device to the agents.
      return readModel(location, inputs, { runtime: () => createNodeRuntime({ provider: 'cpu' }), openStore }, signal);
    },
    openRuntime: async () => (await import('@neuron-atlas/synthesis/node')).createNodeRuntime(),
    async drawPictures(name) {
      // An example of the project, which no package may use: it is found as a file, like the demo's model.
      const file = await findAbove(dirname(fileURLToPath(import.meta.url)), `examples/${name}/dist/index.js`);
      const { pictureAt } = await import(pathToFileURL(file).href) as { readonly pictureAt: (seed: number, index: number, size: number) => { readonly pixels: Uint8Array } };
      return (seed, index, size) => pictureAt(seed, index, size).pixels;
    },
    async measureSpeed(signal) {
      const [{ measureSpeed }, { createNodeRuntime }] = await Promise.all([import('./measure-speed.js'), import('@neuron-atlas/synthesis/node')]);
      return measureSpeed(await createNodeRuntime(), () => performance.now(), signal);
    },
    async loadPlugins(packages = packageNames(process.env['NEURON_ATLAS_PLUGINS'])) {
      if (packages.length === 0) return builtinPlugins;
      return (await import('@neuron-atlas/synthesis/node')).loadPlugins(packages, process.cwd());
    },
    openStore: (url) => openStore(url),
    checkWritable,
    async openAtlas(url, signal) {
      return openAtlas(await openStore(url), {}, signal).catch((error: unknown) => {
        if (isAtlasError(error) && error.code === 'ATLAS_NO_ATLAS') throw errors.fileNotFound({ what: 'atlas', path: url }, error);
        throw error;
      });
    },
    async serveAtlas({ atlas, other, port }) {
      const [{ serveAtlas }, page] = await Promise.all([import('./view/serve-atlas.js'), findAbove(dirname(fileURLToPath(import.meta.url)), 'apps/viewer/index.html')]);
      const open = async (url: string): Promise<BlobStore> => {
        const store = await openStore(url);
        // One that is still being made has an index and no manifest yet.
        for (const path of ['atlas.json', `${partialPrefix}${indexPath}`]) if ((await store.stat(path)) !== undefined) return store;
        throw errors.fileNotFound({ what: 'atlas', path: url });
      };
      return serveAtlas({ port, page: join(dirname(page), 'dist/page/index.html'), atlas: await open(atlas), ...(other === undefined ? {} : { other: await open(other) }) });
    },
    machine: async () => (await import('./doctor/read-machine.js')).readMachine(process.env),
    lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    async fetch(url, signal) {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
      const date = response.headers.get('date');
      return { status: response.status, text: await response.text(), date: date === null ? undefined : new Date(date) };
    },
    async connect(address) {
      const [{ connectCoordinator }, { tlsFiles }, { tokenSource }] =
        await Promise.all([import('./coordinator-client.js'), import('@neuron-atlas/proto/tls'), import('@neuron-atlas/proto/bearer')]);
      const { NEURON_ATLAS_TLS_CERT: cert, NEURON_ATLAS_TLS_KEY: key, NEURON_ATLAS_TLS_CA: ca } = process.env;
      return connectCoordinator(address, tlsFiles({ cert, key, ca }), tokenSource(process.env));
    },
    async startLocalCluster(options, signal) {
      const cluster = await startLocalCluster(options, signal);
      clusters.add(cluster);
      return cluster;
    },
    killChildren() {
      for (const cluster of clusters) cluster.kill();
    },
  };
}

const unread = (path: string, what: string) => (error: NodeJS.ErrnoException): never => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw errors.fileNotFound({ what, path }, error);
  throw errors.fileUnreadable({ what, path, reason: error.message }, error);
};

/** A file is there whole or not at all. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw errors.fileUnwritable({ path, reason: (error as Error).message }, error);
  }
}

async function findAbove(start: string, path: string): Promise<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, path);
    if (await access(file).then(() => true, () => false)) return file;
    if (dirname(folder) === folder) throw errors.demoMissing({ path, above: start });
  }
}
