import { defineErrors } from '@neuron-atlas/errors';

/** What a client sees when a server's answer carries no catalogued error: mostly, when there was no answer. */
export const errors = defineErrors('PROTO', {
  unavailable: {
    grpc: 'UNAVAILABLE',
    message: (d: { method: string; reason: string }) => `the server did not answer ${d.method}: ${d.reason}`,
    help: 'check that the server runs and that its address is right; calls are safe to repeat',
  },
  deadlineExceeded: {
    grpc: 'DEADLINE_EXCEEDED',
    message: (d: { method: string }) => `no answer to ${d.method} within its deadline`,
    help: 'repeat the call: every call is idempotent',
  },
  cancelled: {
    grpc: 'CANCELLED',
    message: (d: { method: string }) => `${d.method} was cancelled by the server`,
    help: 'repeat the call: the server was stopping',
  },
  unimplemented: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { method: string }) => `the server does not know ${d.method}`,
    help: 'use a client and a server of the same version',
  },
  internal: {
    grpc: 'INTERNAL',
    message: (d: { method: string; reason: string }) => `the server failed on ${d.method}: ${d.reason}`,
    help: 'look for this in the log of the server and report it',
  },
  tlsIncomplete: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { missing: readonly string[] }) => `TLS needs three files, and ${d.missing.join(' and ')} is not given`,
    help: 'give --tls-cert, --tls-key and --tls-ca, or none of them',
  },
  tokenUnreadable: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { file: string; reason: string }) => `the token in ${d.file} cannot be read: ${d.reason}`,
    help: 'correct NEURON_ATLAS_TOKEN_FILE, or let this user read the file',
  },
  tlsUnusable: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { file: string; reason: string }) => `${d.file} cannot be used for TLS: ${d.reason}`,
    help: 'give PEM files: a certificate, its own key, and the authority of the other side',
  },
});
