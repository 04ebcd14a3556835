import { createSecureContext } from 'node:tls';
import { readFileSync } from 'node:fs';
import { experimental, type ChannelCredentials, type ServerCredentials } from '@grpc/grpc-js';
import { errors } from './errors.js';

/** PEM files: a certificate with its key, and the authorities whose certificates the other side must show. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** All three files, or none. Errors: PROTO_TLS_INCOMPLETE, PROTO_TLS_UNUSABLE with the file. */
export function tlsFiles(given: { readonly [K in keyof TlsFiles]?: string | undefined }): TlsFiles | undefined {
  const names = ['cert', 'key', 'ca'] as const;
  const missing = names.filter((name) => (given[name] ?? '') === '');
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) throw errors.tlsIncomplete({ missing: missing.map((name) => `--tls-${name}`) });
  const files = { cert: given.cert!, key: given.key!, ca: given.ca! };
  check(files);
  return files;
}

/** What cannot be used should be said at the start, and not by connections that fail without a word. */
function check(files: TlsFiles): void {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw errors.tlsUnusable({ file, reason: (error as Error).message }, error);
    }
  };
  const [cert, key, ca] = [read(files.cert), read(files.key), read(files.ca)];
  const usable = (file: string, options: Parameters<typeof createSecureContext>[0]): void => {
    try {
      createSecureContext(options);
    } catch (error) {
      throw errors.tlsUnusable({ file, reason: (error as Error).message }, error);
    }
  };
  if (!/-----BEGIN CERTIFICATE-----/.test(ca.toString('latin1'))) throw errors.tlsUnusable({ file: files.ca, reason: 'it holds no certificate' });
  usable(files.ca, { ca });
  usable(files.cert, { cert });
  usable(files.key, { cert, key });
}

// A renewed certificate lies there for hours before the old one ends.
const defaultRefreshMs = 30_000;

const watched = (files: TlsFiles, refreshMs: number) => new experimental.FileWatcherCertificateProvider({
  certificateFile: files.cert, privateKeyFile: files.key, caCertificateFile: files.ca, refreshIntervalMs: refreshMs,
});

/** Mutual TLS for a server: clients must show a certificate of `ca`. Files are read anew while it serves. */
export function serverCredentials(files: TlsFiles, refreshMs: number = defaultRefreshMs): ServerCredentials {
  const provider = watched(files, refreshMs);
  return experimental.createCertificateProviderServerCredentials(provider, provider, true);
}

/** Mutual TLS for a client: shows its certificate, and takes a server only with one of `ca` for the name that it asked for. */
export function channelCredentials(files: TlsFiles, refreshMs: number = defaultRefreshMs): ChannelCredentials {
  const provider = watched(files, refreshMs);
  return experimental.createCertificateProviderChannelCredentials(provider, provider);
}
