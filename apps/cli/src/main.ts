import { readFileSync } from 'node:fs';
import { isAtlasError } from '@neuron-atlas/errors';
import { startTracing } from '@neuron-atlas/telemetry/tracing';
import type { AnyCommand } from './command.js';
import { parseCommandLine } from './command-line.js';
import * as commands from './commands/index.js';
import { errors } from './errors.js';
import { createNodeWorld } from './node-world.js';
import { createOutput, toJson, type Terminal } from './output.js';
import type { World } from './world.js';

/** The commands in the order of the help: how people meet them. */
export const commandList = [
  commands.demo, commands.inspect, commands.gradcheck, commands.priors, commands.objectives, commands.init, commands.plan, commands.run, commands.up,
  commands.submit, commands.sweeps, commands.status, commands.watch, commands.pause, commands.resume, commands.cancel, commands.retry, commands.share, commands.gc,
  commands.agents, commands.quarantine, commands.token, commands.audit, commands.doctor, commands.view, commands.unit, commands.sheet, commands.exportPictures, commands.diff, commands.study, commands.train, commands.completion,
] as readonly unknown[] as readonly AnyCommand[];

/** Runs one command line and gives the exit code: 0, 1 for an error, 2 for a command line that does not fit, 130 after Ctrl-C. */
export async function runCommandLine(argv: readonly string[], host: { readonly terminal: Terminal; readonly world: World; readonly signal: AbortSignal }): Promise<number> {
  const { terminal, world, signal } = host;
  const json = argv.includes('--json');
  try {
    const asked = parseCommandLine(argv, commandList, version());
    if (asked.kind === 'text') {
      terminal.stdout.write(asked.text);
      return 0;
    }
    await asked.command.run({ options: asked.options, out: createOutput(terminal, asked.json), world, signal });
    return 0;
  } catch (error) {
    if (signal.aborted) {
      terminal.stderr.write(errorText(errors.interrupted({ what: argv[0] ?? 'the command' }), json));
      return 130;
    }
    terminal.stderr.write(errorText(error, json));
    return isAtlasError(error) && error.code === 'CLI_USAGE' ? 2 : 1;
  }
}

/** `code: message` and what to do; one line of JSON with --json; with the stack where it is a fault of the program. */
export function errorText(error: unknown, json: boolean): string {
  if (isAtlasError(error)) {
    const { code, message, help, details } = error;
    return json ? `${toJson({ error: { code, message, help, details } })}\n` : `${code}: ${message}\n  ${help}\n`;
  }
  const words = error instanceof Error ? error.stack ?? error.message : String(error);
  return json ? `${toJson({ error: { code: 'CLI_FAULT', message: words } })}\n` : `CLI_FAULT: ${words}\n  report this: it is a fault of the program\n`;
}

/** The program: the first Ctrl-C stops in order, the second at once. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const world = createNodeWorld();
  const request = (): void => {
    if (stop.signal.aborted) {
      world.killChildren();
      process.exit(130);
    }
    process.stderr.write('stopping; once more to stop at once\n');
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, request);
  // Whoever reads us may go first: `neuron-atlas sweeps | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'EPIPE') process.exit(0); });
  const tracing = await startTracing({ component: 'cli', version: version(), env: process.env });
  const exitCode = await runCommandLine(argv, { terminal: process, world, signal: stop.signal });
  await tracing[Symbol.asyncDispose]();
  // Native threads and open channels must not keep a finished command alive; what was written must still arrive.
  await new Promise<void>((resolve) => { process.stdout.write('', () => resolve()); });
  process.exit(exitCode);
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return text;
}
