import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('TELEMETRY', {
  cannotListen: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { listen: string; reason: string }) => `metrics cannot be served at ${d.listen}: ${d.reason}`,
    help: 'give another HOST:PORT with --metrics, or leave the option out',
  },
  badAddress: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { listen: string }) => `--metrics is '${d.listen}', expected HOST:PORT`,
    help: 'write an address such as 127.0.0.1:9464, or 0.0.0.0:9464 where a network policy protects the port',
  },
});
