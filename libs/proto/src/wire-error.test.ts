import { describe, expect, it } from 'vitest';
import { ClientError, createChannel, createClientFactory, createServer, Metadata, Status } from 'nice-grpc';
import { type AtlasError, defineErrors } from '@neuron-atlas/errors';
import { atlasErrors, errorTrailer, fromGrpcError, SweepServiceDefinition, toGrpcError } from './index.js';
import type { SweepServiceImplementation } from './index.js';

const catalogue = defineErrors('WIRE', {
  badField: { grpc: 'INVALID_ARGUMENT', message: (d: { field: string }) => `field ${d.field} ist schön kaputt`, help: 'mend it' },
});

describe('an AtlasError over gRPC', () => {
  it('keeps code, message, help, status and details through a real server and client', async () => {
    const server = createServer().use(async function* (call, context) {
      try {
        return yield* call.next(call.request, context);
      } catch (thrown) {
        const { error, trailer } = toGrpcError(thrown as AtlasError);
        context.trailer.set(errorTrailer, trailer);
        throw error;
      }
    });
    const fail = async (): Promise<never> => { throw catalogue.badField({ field: 'steps' }); };
    const all = Object.fromEntries(Object.keys(SweepServiceDefinition.methods).map((name) => [name, fail]));
    server.add(SweepServiceDefinition, { ...all, watchSweep: async function* () { yield {}; await fail(); } } as unknown as SweepServiceImplementation);
    const channel = createChannel(`127.0.0.1:${await server.listen('127.0.0.1:0')}`);
    try {
      const client = createClientFactory().use(atlasErrors).create(SweepServiceDefinition, channel);
      const same = { code: 'WIRE_BAD_FIELD', message: 'field steps ist schön kaputt', help: 'mend it', grpc: 'INVALID_ARGUMENT', details: { field: 'steps' } };
      await expect(client.getSweep({})).rejects.toMatchObject(same);
      const watch = async (): Promise<void> => { for await (const status of client.watchSweep({})) expect(status.sweepId).toBe(''); };
      await expect(watch()).rejects.toMatchObject(same);
    } finally {
      channel.close();
      server.forceShutdown();
    }
  });

  it('becomes PROTO_UNAVAILABLE where nobody listens', async () => {
    const probe = createServer();
    const port = await probe.listen('127.0.0.1:0');
    await probe.shutdown();
    const channel = createChannel(`127.0.0.1:${port}`);
    const client = createClientFactory().use(atlasErrors).create(SweepServiceDefinition, channel);
    await expect(client.getSweep({})).rejects.toMatchObject({ code: 'PROTO_UNAVAILABLE', grpc: 'UNAVAILABLE' });
    channel.close();
  });

  it('sheds its details rather than outgrow what a header list may hold', () => {
    const { trailer } = toGrpcError(catalogue.badField({ field: 'x'.repeat(100_000) }));
    expect(trailer.length).toBeLessThan(4096);
    const back = fromGrpcError(new ClientError('/a/b', Status.INVALID_ARGUMENT, ''), Metadata({ [errorTrailer]: trailer }));
    expect(back).toMatchObject({ code: 'WIRE_BAD_FIELD', details: {} });
  });

  it('does not trust a trailer that is not an error', () => {
    const noise = Metadata({ [errorTrailer]: new TextEncoder().encode('{"a":1') });
    expect(fromGrpcError(new ClientError('/a/b', Status.INTERNAL, 'boom'), noise)).toMatchObject({ code: 'PROTO_INTERNAL' });
  });
});
