import process from 'node:process';
import { describe, isAtlasError } from '@neuron-atlas/errors';
import { createLog } from '@neuron-atlas/telemetry';
import { startTracing } from '@neuron-atlas/telemetry/tracing';
import { parseConfig, usage } from './config.js';
import { errors } from './errors.js';
import { startCoordinator } from './start-coordinator.js';
import { version } from './version.js';

/** The process: reads its configuration, serves, and ends in order at a signal or with its parent. */
async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2), process.env);
  if (config === 'help') {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const log = createLog({ name: 'coordinator', level: config.logLevel });

  // Heard from the first moment on: a signal while it starts stops it when it has started.
  let asked = 0;
  let resolveStop: (reason: string) => void = () => {};
  const stop = new Promise<string>((resolve) => { resolveStop = resolve; });
  const ask = (reason: string): void => {
    asked++;
    resolveStop(reason);
    if (asked > 1) process.exit(130); // the exit handler below ends the database
  };
  process.on('SIGTERM', () => ask('SIGTERM'));
  process.on('SIGINT', () => ask('SIGINT'));
  if (process.connected) process.once('disconnect', () => resolveStop('the parent process has gone'));

  await using _tracing = await startTracing({ component: 'coordinator', version, env: process.env });
  const coordinator = await startCoordinator(config, log);
  process.once('exit', () => coordinator.stopNow());
  const places = { listening: coordinator.listening, ...(coordinator.metrics === undefined ? {} : { metrics: coordinator.metrics }) };
  process.stdout.write(`${JSON.stringify(places)}\n`);
  if (process.connected) process.send?.(places);
  log.info({ ...places, database: 'url' in config.database ? 'external' : config.database.stateDir }, 'serving');

  const end = await Promise.race([
    stop.then((reason) => ({ reason, broken: false })),
    coordinator.broken.then((reason) => ({ reason, broken: true })),
  ]);
  log[end.broken ? 'fatal' : 'info']({ reason: end.reason }, 'stopping');
  await coordinator.stop();
  if (end.broken) throw errors.postgresDied({ reason: end.reason });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const text = isAtlasError(error) ? describe(error) : error instanceof Error ? error.stack ?? error.message : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(isAtlasError(error) && error.code === 'COORDINATOR_BAD_OPTION' ? 2 : 1);
  },
);
