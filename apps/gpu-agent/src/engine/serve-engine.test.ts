import { AtlasError } from '@neuron-atlas/errors';
import { describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
import type { EngineJob, EngineResult, EngineSetup, FromEngine } from './protocol.js';
import { serveEngine } from './serve-engine.js';

const setup: EngineSetup = { provider: 'cpu', threads: undefined, plugins: { packages: [], from: '' }, cacheDir: '', scratchDir: '' };
const job = {} as EngineJob;
const result: EngineResult = { parts: [], objects: [], unitsDone: 3, seconds: 1 };
const catalogued = new AtlasError({ code: 'ONNX_NOT_ONNX', message: 'm', help: 'h', grpc: 'INVALID_ARGUMENT', details: {} });

async function serving(run: Engine['run']): Promise<{ readonly sent: FromEngine[]; readonly receive: ReturnType<typeof serveEngine> }> {
  const sent: FromEngine[] = [];
  const receive = serveEngine(async () => ({ ready: { provider: 'cpu', device: 'd', version: 'v', plugins: [] }, run }), (message) => sent.push(message));
  await receive({ type: 'setup', setup });
  return { sent, receive };
}

describe('serveEngine', () => {
  it('says what it is, reports progress and answers with the result', async () => {
    const progress = { phase: 'ascend', unitsDone: 1, unitsTotal: 3, fraction: 0.3 } as const;
    const { sent, receive } = await serving(async (_job, onProgress) => { onProgress(progress); return result; });
    await receive({ type: 'run', id: 5, job });
    expect(sent).toEqual([
      { type: 'ready', ready: { provider: 'cpu', device: 'd', version: 'v', plugins: [] } },
      { type: 'progress', id: 5, progress },
      { type: 'done', id: 5, result },
    ]);
  });

  it('says why it cannot work', async () => {
    const sent: FromEngine[] = [];
    await serveEngine(async () => { throw catalogued; }, (message) => sent.push(message))({ type: 'setup', setup });
    expect(sent).toEqual([{ type: 'unable', error: catalogued.toJSON() }]);
  });

  it('passes catalogued errors on, and makes a fault of the program of any other', async () => {
    let error: Error = catalogued;
    const { sent, receive } = await serving(async () => { throw error; });
    await receive({ type: 'run', id: 1, job });
    error = new TypeError('x is not a function');
    await receive({ type: 'run', id: 2, job });
    expect(sent[1]).toEqual({ type: 'failed', id: 1, error: catalogued.toJSON() });
    expect(sent[2]).toMatchObject({ type: 'failed', id: 2, error: { code: 'AGENT_FAULT', details: { name: 'TypeError', message: 'x is not a function' } } });
  });

  it('cancels the job that is meant and no other, and takes the next', async () => {
    const { sent, receive } = await serving((_job, _onProgress, signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      setTimeout(() => resolve(result), 50);
    }));
    const first = receive({ type: 'run', id: 1, job });
    await receive({ type: 'cancel', id: 7 });
    await first;
    const second = receive({ type: 'run', id: 2, job });
    await receive({ type: 'cancel', id: 2 });
    await second;
    expect(sent.slice(1)).toEqual([{ type: 'done', id: 1, result }, { type: 'cancelled', id: 2 }]);
  });
});
