import { rm } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openStore } from '@neuron-atlas/blobs';
import { describe } from '@neuron-atlas/errors';
import { createLog, createRegistry, serveOperations } from '@neuron-atlas/telemetry';
import { startTracing } from '@neuron-atlas/telemetry/tracing';
import type { Logger } from 'pino';
import { readConfig, usage, type AgentConfig } from './config.js';
import { keepLast } from './keep-last.js';
import { createAgentMetrics } from './metrics/agent-metrics.js';
import { createPhaseClock } from './metrics/phase-clock.js';
import { createReadiness } from './metrics/readiness.js';
import { nobody, type AgentObserver } from './supervisor/observer.js';
import { deletionCost } from './kubernetes/deletion-cost.js';
import { annotatePod, podIdentity } from './kubernetes/pod-annotation.js';
import { createScratchFolder } from './scratch-folder.js';
import { runAgent } from './supervisor/run-agent.js';
import { defaultTiming } from './supervisor/timing.js';
import { toErrorJson } from './to-error-json.js';
import { version } from './version.js';

process.exitCode = await main();
// The pipe to a parent would keep this process alive; whatever else might do so gets a second.
if (process.connected) process.disconnect();
setTimeout(() => process.exit(), 1_000).unref();

async function main(): Promise<number> {
  let config: AgentConfig | 'help';
  try {
    config = readConfig(process.argv.slice(2), process.env, { hostName: hostname(), homeDir: homedir(), tempDir: tmpdir() });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    return 2;
  }
  if (config === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const log: Logger = createLog({ name: 'agent', level: config.logLevel, fields: { agent: config.agentId } });
  try {
    await work(config, log, stopOnRequest(log));
    log.info('stopped');
    return 0;
  } catch (error) {
    log.fatal({ error: toErrorJson(error) }, describe(error));
    return 1;
  }
}

async function work(config: AgentConfig, log: Logger, stop: AbortSignal): Promise<void> {
  const scratchDir = await createScratchFolder(config.scratchDir, config.agentId, process.pid);
  try {
    await using _tracing = await startTracing({ component: 'agent', version, env: process.env });
    await using told = await listeners(config, log);
    await runAgent({
      ...config,
      observer: told.observer,
      version,
      engineScript: fileURLToPath(new URL('./engine/main.js', import.meta.url)),
      engineSetup: { provider: config.provider, threads: config.threads, plugins: { packages: config.plugins, from: process.cwd() }, cacheDir: config.cacheDir, scratchDir },
      openStore: keepLast(openStore),
      log,
      timing: defaultTiming,
      random: Math.random,
      onRegistered: (who) => {
        process.stdout.write(`${JSON.stringify(who)}\n`);
        process.send?.(who);
      },
      onEngineLine: (line) => log.warn({ from: 'engine' }, line),
    }, stop);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** What hears the agent's work: metrics and probes, and the pod's deletion cost, where they were asked for. */
async function listeners({ metrics: listen, podDeletionCost }: AgentConfig, log: Logger): Promise<AsyncDisposable & { readonly observer: AgentObserver }> {
  const closing: (() => PromiseLike<void> | void)[] = [];
  let observer = nobody;
  if (podDeletionCost) {
    const identity = podIdentity(process.env);
    const cost = deletionCost(observer, {
      write: (value) => annotatePod(identity, 'controller.kubernetes.io/pod-deletion-cost', String(value)),
      now: () => performance.now(),
      onError: (error) => log.warn({ error: toErrorJson(error) }, 'the deletion cost of this pod could not be written'),
    });
    closing.push(() => cost[Symbol.dispose]());
    ({ observer } = cost);
  }
  if (listen !== undefined) {
    const registry = createRegistry({ component: 'agent', version });
    const readiness = createReadiness(createAgentMetrics(registry, createPhaseClock(() => performance.now()), observer));
    const operations = await serveOperations({ listen, registry, live: () => undefined, ready: readiness.problem });
    closing.push(() => operations[Symbol.asyncDispose]());
    ({ observer } = readiness);
  }
  return { observer, [Symbol.asyncDispose]: async () => { for (const close of closing.reverse()) await close(); } };
}

/** Aborts on SIGTERM, SIGINT or the end of a parent that opened a pipe to us; a second signal ends the process at once. */
function stopOnRequest(log: Logger): AbortSignal {
  const stop = new AbortController();
  const request = (why: string): void => {
    if (stop.signal.aborted) process.exit(1);
    log.info({ why }, 'stopping');
    stop.abort();
  };
  process.on('SIGTERM', () => request('SIGTERM'));
  process.on('SIGINT', () => request('SIGINT'));
  if (process.connected) process.once('disconnect', () => { if (!stop.signal.aborted) request('the parent is gone'); });
  return stop.signal;
}
