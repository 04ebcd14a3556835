import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAtlasError } from '@neuron-atlas/errors';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { examine, pictureOf, valuesOf } from './examine.js';
import type { Reply, Request } from './outcome.js';

/** Peak memory since the last call, where the system tells it for a stretch of time (Linux), else since the start. */
function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function resetPeak(): void {
  try { writeFileSync('/proc/self/clear_refs', '5'); } catch { /* not Linux: the peak is that of the whole process, and the limit holds all the more */ }
}

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

async function answer(request: Request): Promise<object> {
  if (request.do === 'reference') {
    await using session = await runtime.load(new Uint8Array(await readFile(request.path)), { optimize: request.optimize });
    const found = await session.run({ [request.input.name]: pictureOf(request.input.shape) });
    return { outputs: Object.fromEntries(Object.entries(found).map(([name, value]) => [name, valuesOf(value)])) };
  }
  try {
    return { examined: await examine(request.path, request.salt, runtime) };
  } catch (error) {
    if (isAtlasError(error)) return { refused: error.code };
    throw error;
  }
}

process.on('message', (request: Request) => {
  resetPeak();
  answer(request).catch((error: unknown) => ({ failed: error instanceof Error ? error.stack ?? error.message : String(error) }))
    .then((reply) => process.send!({ ...reply, peakBytes: peakBytes() } as Reply), () => process.exit(1));
});
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
