import { AtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import type { Answer, Ask, Question, Told } from './protocol.js';

let worker: Worker | undefined;
let asked = 0;

/** The page's one worker, made when it is first needed: until then its megabytes stay where they are. */
function engine(): Worker {
  worker ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return worker;
}

const ends: readonly Told['kind'][] = ['climbed', 'responded', 'plugins', 'failed'];

/**
 * Asks the worker and gives its last word; what it says on the way goes to `onTold`.
 *
 * Errors: the worker's own, and VIEWER_WORKER_FAILED where it does not start.
 */
export function askEngine(ask: Ask, onTold: (told: Told) => void = () => undefined, signal?: AbortSignal): Promise<Told> {
  return new Promise((resolve, reject) => {
    const there = engine();
    const finish = (): void => {
      there.removeEventListener('message', listen);
      there.removeEventListener('error', broke);
      signal?.removeEventListener('abort', stop);
    };
    const id = ++asked;
    const listen = ({ data: { id: of, told: data } }: MessageEvent<Answer>): void => {
      if (of !== id) return;
      onTold(data);
      if (!ends.includes(data.kind)) return;
      finish();
      if (data.kind === 'failed') reject(new AtlasError({ code: data.code, message: data.message, help: data.help, grpc: 'INTERNAL', details: {} }));
      else resolve(data);
    };
    const broke = (event: ErrorEvent): void => {
      finish();
      stopEngine();
      reject(errors.workerFailed({ reason: event.message === '' ? 'the files beside the page in assets/ could not be loaded' : event.message }));
    };
    const stop = (): void => {
      finish();
      // A run on WebAssembly hears nothing until it has ended: the worker goes, the next ask makes another.
      stopEngine();
      reject(new DOMException('stopped', 'AbortError'));
    };
    there.addEventListener('message', listen);
    there.addEventListener('error', broke);
    signal?.addEventListener('abort', stop);
    there.postMessage({ id, ask } satisfies Question);
  });
}

function stopEngine(): void {
  worker?.terminate();
  worker = undefined;
}
