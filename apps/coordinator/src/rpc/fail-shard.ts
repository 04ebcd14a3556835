import { AtlasError, grpcCode, type AtlasErrorJson } from '@neuron-atlas/errors';
import { FailOutcome, FailureClass, type AgentServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { FailureClass as StoredClass } from '../store/store.js';
import type { Deps } from './deps.js';
import { claim, text } from './fields.js';

/** To an agent a bisected shard is one that is tried again, by whomever. */
const outcomes = { 'will-retry': FailOutcome.WILL_RETRY, bisected: FailOutcome.WILL_RETRY, quarantined: FailOutcome.QUARANTINED, fenced: FailOutcome.FAIL_FENCED } as const;

const classes = new Map<number, StoredClass>([
  [FailureClass.TRANSIENT, 'TRANSIENT'],
  [FailureClass.POISON, 'POISON'],
  [FailureClass.OUT_OF_MEMORY, 'OUT_OF_MEMORY'],
  [FailureClass.INFRA, 'INFRA'],
  [FailureClass.BAD_INPUT, 'BAD_INPUT'],
]);

export const failShard = ({ store }: Pick<Deps, 'store'>): AgentServiceImplementation['failShard'] =>
  async (request) => {
    const outcome = await store.fail({
      session: text('session', request.session),
      claim: claim(request),
      failureClass: classes.get(request.failureClass) ?? 'UNSPECIFIED', // one that a newer agent knows
      error: errorOf(request.errorJson),
    });
    return { outcome: outcomes[outcome] };
  };

/** A failure is kept whatever its text: to refuse it would leave the shard leased. */
function errorOf(json: string): AtlasErrorJson {
  try {
    const error = JSON.parse(json) as AtlasErrorJson;
    if ([error.code, error.message, error.help].every((part) => typeof part === 'string') && error.grpc in grpcCode) return plain(new AtlasError(error).toJSON());
  } catch {
    // told below, with the text itself
  }
  return plain(errors.unreadableFailure({ text: json.slice(0, 2000) }).toJSON());
}

// PostgreSQL's JSON has no U+0000; details can be of any size.
function plain(error: AtlasErrorJson): AtlasErrorJson {
  const clean = JSON.stringify(error, (_, value: unknown) => typeof value === 'string' ? value.replaceAll('\0', '').slice(0, 10_000) : value);
  const parsed = JSON.parse(clean) as AtlasErrorJson;
  return clean.length > 100_000 ? { ...parsed, details: {} } : parsed;
}
