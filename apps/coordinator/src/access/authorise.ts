import { isAtlasError } from '@neuron-atlas/errors';
import type { CallContext, ServerMiddleware } from 'nice-grpc';
import type { Logger } from 'pino';
import { errors } from '../errors.js';
import { certificateOf } from './certificate-of.js';
import type { Audit, AuditEntry } from './audit.js';
import { boundedRefusals } from './bounded-refusals.js';
import { local, type Identity } from './identity.js';
import { grants } from './roles.js';
import type { Tokens } from './tokens.js';

export interface Access {
  /** `open`: everybody may do everything; only on the loopback address. */
  readonly mode: 'open' | 'roles';
  readonly tokens: Tokens;
  readonly audit: Audit;
  /** Who registered a session; undefined where there is none. Of a session that is over, too. */
  readonly ownerOf: (session: string) => Promise<string | undefined>;
  /** Whether a living session of this identity holds a lease of the sweep. */
  readonly holds: (identity: string, sweepId: string) => Promise<boolean>;
  readonly log: Logger;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

/** A call with its caller. */
export interface Known { readonly identity: Identity }

/** Any call, and any answer, may have these. */
interface Fields { readonly session?: string; readonly sweepId?: string; readonly tokenId?: string }

/** Anybody who may connect may ask whether the server serves. */
const health = '/grpc.health.v1.Health/';

/**
 * Lets a call through to its handler, which then finds its caller in the context, or refuses it: denied unless granted.
 *
 * Errors: COORDINATOR_NOT_AUTHENTICATED, COORDINATOR_NOT_PERMITTED, COORDINATOR_SESSION_LOST for a session that is somebody
 * else's. Changes, and calls that were refused, are on the audit before the caller hears of them; of many refusals their number
 * (`boundedRefusals`).
 */
export const authorise = (access: Access): ServerMiddleware<Known> => {
  const refusal = boundedRefusals(access.audit, access.now);
  return async function* (call, context) {
    const { path } = call.method;
    if (path.startsWith(health)) return yield* call.next(call.request, { ...context, identity: local });
    const method = path.slice(path.lastIndexOf('/') + 1);
    const fields = call.request as Fields;
    const entry = (who: Identity | undefined, outcome: string, about: Fields = fields): AuditEntry =>
      ({ who: who?.name ?? '', roles: who?.roles ?? [], method, subject: plain(about.sweepId ?? about.tokenId ?? ''), outcome });
    let identity: Identity | undefined;
    try {
      identity = access.mode === 'open' ? local : await identify(access, context);
      await admit(access, identity, path, fields);
    } catch (error) {
      if (isAtlasError(error) && refused.includes(error.code)) {
        access.log.warn({ method, who: identity?.name, code: error.code, peer: context.peer }, 'a call was refused');
        await refusal(entry(identity, error.code));
      }
      throw error;
    }
    const handled = call.next(call.request, { ...context, identity });
    if (grants.get(path)?.audited !== true) return yield* handled;
    let answer: Awaited<ReturnType<typeof handled.next>>['value'];
    try {
      answer = yield* handled;
    } catch (error) {
      await access.audit.write(entry(identity, isAtlasError(error) ? error.code : 'INTERNAL'));
      throw error;
    }
    // What was made has its name from the answer only.
    await access.audit.write(entry(identity, 'OK', { ...(answer as Fields | undefined), ...fields }));
    return answer;
  };
};

const refused: readonly string[] = ['COORDINATOR_NOT_AUTHENTICATED', 'COORDINATOR_NOT_PERMITTED'];

/** A token first, for it is the narrower; else the certificate's roles. */
async function identify({ tokens }: Access, context: CallContext): Promise<Identity> {
  const certificate = certificateOf(context);
  const given = context.metadata.get('authorization');
  if (given === undefined) {
    if (certificate === undefined) throw errors.notAuthenticated({ reason: 'it shows neither a certificate nor a token' });
    return { name: certificate.name, roles: certificate.roles, by: 'certificate' };
  }
  const secret = /^bearer (.+)$/i.exec(given)?.[1];
  const token = secret === undefined ? undefined : await tokens.find(secret);
  if (token === undefined) throw errors.notAuthenticated({ reason: 'its token is not one of this coordinator' });
  if (!token.alive) throw errors.notAuthenticated({ reason: `its token ${token.id} ${token.revokedAt === undefined ? 'has expired' : 'was revoked'}` });
  if (token.certificate !== '' && token.certificate !== certificate?.name) throw errors.notAuthenticated({ reason: `its token ${token.id} is valid only beside the certificate that it was made for` });
  return { name: token.name, roles: token.roles, by: 'token' };
}

async function admit(access: Access, identity: Identity, path: string, { session, sweepId }: Fields): Promise<void> {
  const method = path.slice(path.lastIndexOf('/') + 1);
  const granted = identity.roles.filter((role) => grants.get(path)?.roles.includes(role) === true);
  if (granted.length === 0) throw errors.notPermitted({ who: identity.name, roles: identity.roles, method, granted: grants.get(path)?.roles ?? [] });
  if (identity.by === 'local') return;
  if (session !== undefined && session !== '') {
    const owner = await access.ownerOf(session);
    if (owner !== undefined && owner !== identity.name) throw errors.sessionLost({ session: plain(session) });
  }
  if (granted.every((role) => role === 'agent') && sweepId !== undefined && !(await access.holds(identity.name, sweepId))) {
    throw errors.notPermitted({ who: identity.name, roles: identity.roles, method: `${method} of a sweep of which it holds no lease`, granted: grants.get(path)?.roles ?? [] });
  }
}

/** What a caller wrote, fit for a line of a log. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '').slice(0, 200);
