import type { Audit } from '../access/audit.js';
import type { Tokens } from '../access/tokens.js';
import type { Policy, Store } from '../store/store.js';
import type { WorkSignal } from './work-signal.js';

/** What the handlers work with: no transport, no database, no clock of their own. */
export interface Deps {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly policy: Pick<Policy, 'leaseTtlMs'>;
  readonly heartbeatMs: number;
  readonly work: WorkSignal;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
  /** Aborts when the coordinator stops: parked calls then answer at once. */
  readonly stopping: AbortSignal;
}
