import { toErrorJson } from '../to-error-json.js';
import type { Engine } from './engine.js';
import type { EngineSetup, FromEngine, ToEngine } from './protocol.js';

/** Answers a supervisor's messages: one setup, then one job at a time. */
export function serveEngine(create: (setup: EngineSetup) => Promise<Engine>, send: (message: FromEngine) => void): (message: ToEngine) => Promise<void> {
  let engine: Engine | undefined;
  let running: { readonly id: number; readonly abort: AbortController } | undefined;
  return async (message) => {
    if (message.type === 'cancel') {
      if (running?.id === message.id) running.abort.abort();
      return;
    }
    if (message.type === 'setup') {
      try {
        engine = await create(message.setup);
        send({ type: 'ready', ready: engine.ready });
      } catch (error) {
        send({ type: 'unable', error: toErrorJson(error) });
      }
      return;
    }
    if (engine === undefined || running !== undefined) throw new Error(`unreachable: job ${message.id} while ${engine === undefined ? 'not set up' : 'at work'}`);
    const { id, job } = message;
    const abort = new AbortController();
    running = { id, abort };
    let answer: FromEngine;
    try {
      const result = await engine.run(job, (progress) => send({ type: 'progress', id, progress }), abort.signal);
      answer = { type: 'done', id, result };
    } catch (error) {
      answer = abort.signal.aborted ? { type: 'cancelled', id } : { type: 'failed', id, error: toErrorJson(error) };
    }
    // Free before the answer is out: the supervisor may send the next job at once.
    running = undefined;
    send(answer);
  };
}
