import type { PeerCertificate } from 'node:tls';
import { ServerInterceptingCall, ServerListenerBuilder, type ServerInterceptor } from '@grpc/grpc-js';
import type { CallContext } from 'nice-grpc';
import { roles, type Role } from './roles.js';

/** What a verified client certificate says of its holder. */
export interface Certificate {
  readonly name: string;
  /** Its organisational units, as far as they are roles. */
  readonly roles: readonly Role[];
}

// What handlers see of a call is its metadata: the certificate travels there, under a name that no caller's word survives.
const key = 'neuron-atlas-peer-certificate';

/** Writes what the connection's certificate says into the metadata of each call, and drops what a caller wrote there. */
export const tellCertificate: ServerInterceptor = (_, call) => {
  const listener = new ServerListenerBuilder()
    .withOnReceiveMetadata((metadata, next) => {
      metadata.remove(key);
      const found = read(call.getAuthContext().sslPeerCertificate);
      if (found !== undefined) metadata.set(key, encodeURIComponent(JSON.stringify(found)));
      next(metadata);
    })
    .build();
  return new ServerInterceptingCall(call, { start: (next) => { next(listener); } });
};

/** The certificate of a call, or nothing where none was shown. */
export function certificateOf({ metadata }: Pick<CallContext, 'metadata'>): Certificate | undefined {
  const text = metadata.get(key);
  return typeof text === 'string' ? JSON.parse(decodeURIComponent(text)) as Certificate : undefined;
}

function read(certificate: PeerCertificate | undefined): Certificate | undefined {
  const subject = certificate?.subject as Readonly<Record<string, string | string[] | undefined>> | undefined;
  if (subject === undefined) return undefined;
  const all = (value: string | string[] | undefined): readonly string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
  const units = new Set(all(subject['OU']));
  return { name: all(subject['CN'])[0] ?? '', roles: roles.filter((role) => units.has(role)) };
}
