import { createNodeRuntime, loadPlugins } from '@neuron-atlas/synthesis/node';
import { version } from '../version.js';
import { deviceName } from './device-name.js';
import { createEngine } from './engine.js';
import type { FromEngine, ToEngine } from './protocol.js';
import { serveEngine } from './serve-engine.js';

const receive = serveEngine(
  async (setup) => {
    const runtime = await createNodeRuntime({ provider: setup.provider, ...(setup.threads === undefined ? {} : { threads: setup.threads }) });
    const plugins = await loadPlugins(setup.plugins.packages, setup.plugins.from);
    return createEngine({ runtime, plugins, setup, device: await deviceName(runtime.provider), version });
  },
  (message: FromEngine) => { if (process.connected) process.send!(message, undefined, undefined, () => undefined); },
);

process.on('message', (message: ToEngine) => void receive(message));
// Whoever would read the results is gone. A chunk that runs is finished first: it holds the thread.
process.on('disconnect', () => process.exit(0));
// Ctrl-C goes to every process of the terminal; the supervisor decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
