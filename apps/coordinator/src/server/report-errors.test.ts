import { errorTrailer } from '@neuron-atlas/proto';
import { Metadata, Status, type CallContext, type ServerMiddlewareCall } from 'nice-grpc';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { errors } from '../errors.js';
import { loggedError } from '@neuron-atlas/telemetry';
import { reportErrors } from './report-errors.js';

/** What a caller and the log get of an error that a handler throws. */
async function reported(thrown: unknown) {
  const lines: string[] = [];
  const log = pino({ level: 'debug', serializers: { err: loggedError } }, { write: (line: string) => { lines.push(line); } });
  const trailer = Metadata();
  const context = { trailer, signal: new AbortController().signal } as unknown as CallContext;
  const call = { method: { path: '/a/B' }, request: {}, responseStream: false, next: async function* () { yield* []; throw thrown; } } as unknown as ServerMiddlewareCall<unknown, unknown>;
  const error: unknown = await reportErrors(log)(call, context).next().catch((caught: unknown) => caught);
  const bytes = trailer.get(errorTrailer);
  return { error, json: bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)) as unknown, log: lines.join('') };
}

describe('reportErrors', () => {
  it('sends a catalogued error whole', async () => {
    const { error, json } = await reported(errors.sweepNotFound({ sweepId: 'sw-0123456789' }));
    expect(error).toMatchObject({ code: Status.NOT_FOUND, details: 'there is no sweep sw-0123456789' });
    expect(json).toMatchObject({ code: 'COORDINATOR_SWEEP_NOT_FOUND', details: { sweepId: 'sw-0123456789' } });
  });

  it.each([
    [{ code: 'ECONNREFUSED' }, 'COORDINATOR_DATABASE_UNAVAILABLE', Status.UNAVAILABLE],
    [{ code: '57P01' }, 'COORDINATOR_DATABASE_UNAVAILABLE', Status.UNAVAILABLE],
    [{ code: '40P01' }, 'COORDINATOR_DATABASE_BUSY', Status.ABORTED],
    [{ message: 'Connection terminated unexpectedly' }, 'COORDINATOR_DATABASE_UNAVAILABLE', Status.UNAVAILABLE],
  ])('tells a caller to repeat the call where the database failed: %j', async (fields, code, status) => {
    const { error, json } = await reported(Object.assign(new Error('broken'), fields));
    expect(error).toMatchObject({ code: status });
    expect(json).toMatchObject({ code });
  });

  it('keeps a bug to the log, under an id that the caller gets, and the password to nobody', async () => {
    const { error, json, log } = await reported(Object.assign(new Error('column x does not exist'), { code: '42703', client: { password: 'sesame' } }));
    expect(json).toBeUndefined();
    expect(error).toMatchObject({ code: Status.INTERNAL, details: expect.not.stringContaining('column') });
    const id = /as ([0-9a-f]{8})$/.exec((error as { details: string }).details)![1]!;
    expect(log).toContain(id);
    expect(log).toContain('column x does not exist');
    expect(log).not.toContain('sesame');
  });
});
