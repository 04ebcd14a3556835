import type { AtlasError } from '@neuron-atlas/errors';
import { errors } from './errors.js';

export type Doing = 'read' | 'write' | 'delete' | 'list';

/** What the SDK says of a failed request. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

export const statusOf = (error: unknown): number | undefined => (error as SdkError).$metadata?.httpStatusCode;
export const isNamed = (error: unknown, ...names: readonly string[]): boolean => names.includes((error as SdkError).name);

const deniedNames = ['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'CredentialsProviderError', 'TokenProviderError'];
const networkCodes = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** An error of the SDK as one of the catalogue. */
export function s3Error(error: unknown, where: { readonly url: string; readonly key: string }, doing: Doing): AtlasError {
  const status = statusOf(error);
  const reason = reasonOf(error);
  if (isNamed(error, 'NoSuchBucket')) return errors.notFound({ ...where, key: '', what: 'the bucket of' }, error);
  if (isNamed(error, 'NoSuchKey', 'NotFound') || status === 404) return errors.notFound({ ...where, what: 'object' }, error);
  if (isNamed(error, ...deniedNames) || status === 401 || status === 403) return errors.denied({ ...where, doing, reason }, error);
  if (isPassing(error)) return errors.unreachable({ ...where, doing, reason }, error);
  if (doing === 'write') return errors.notWritable({ ...where, reason }, error);
  return errors.failed({ ...where, doing, reason }, error);
}

/** Whether the same request may well succeed later: the network, a timeout, an overloaded or restarting server. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error) ?? 0;
  return isNamed(error, 'TimeoutError', 'SlowDown', 'RequestTimeout') || networkCodes.test(networkCode(error)) || status >= 500 || status === 429;
}

/** Of the error or of what it wraps: a refused connection to several addresses comes as an AggregateError. */
function networkCode(error: unknown): string {
  const { code, cause } = error as SdkError;
  if (typeof code === 'string') return code;
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0]);
  return cause instanceof Error ? networkCode(cause) : '';
}

function reasonOf(error: unknown): string {
  const { name, message } = error as SdkError;
  const status = statusOf(error);
  const said = message === '' || message === 'UnknownError' ? networkCode(error) || name : name === 'Error' || message.startsWith(name) ? message : `${name}: ${message}`;
  return status === undefined || status < 300 ? said : `${said} (HTTP ${status})`;
}
