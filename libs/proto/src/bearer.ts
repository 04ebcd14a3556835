import { readFileSync } from 'node:fs';
import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';
import { Metadata } from 'nice-grpc-common';
import { errors } from './errors.js';

/** Where a client's token comes from. */
export interface TokenSource {
  readonly token?: string | undefined;
  /** A file with the token alone; read at every call, so that a renewed one is taken up. */
  readonly file?: string | undefined;
}

/** What the environment says: `NEURON_ATLAS_TOKEN`, or a file in `NEURON_ATLAS_TOKEN_FILE`; nothing where neither is set. */
export function tokenSource(env: Readonly<Record<string, string | undefined>>): TokenSource | undefined {
  const { NEURON_ATLAS_TOKEN: token, NEURON_ATLAS_TOKEN_FILE: file } = env;
  if ((token ?? '') !== '') return { token };
  return (file ?? '') === '' ? undefined : { file };
}

/** Client middleware that shows a token with every call. Errors: PROTO_TOKEN_UNREADABLE with the file. */
export const bearer = (source: TokenSource) =>
  async function* <Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions): AsyncGenerator<Response, Response | void, undefined> {
    const metadata = Metadata(options.metadata).set('authorization', `Bearer ${read(source)}`);
    return yield* call.next(call.request, { ...options, metadata });
  };

function read({ token, file }: TokenSource): string {
  if (token !== undefined) return token;
  try {
    return readFileSync(file!, 'utf8').trim();
  } catch (error) {
    throw errors.tokenUnreadable({ file: file!, reason: (error as Error).message }, error);
  }
}
