import type { BusyPhase } from '../metrics/phase-clock.js';
import type { ShardOutcome } from './work-on-shard.js';

/** Hears what an agent does, as it does it. For metrics: nothing that it does or throws may change the work. */
export interface AgentObserver {
  readonly phase: (phase: BusyPhase) => void;
  /** A session was opened: from now on work can come. */
  readonly registered: () => void;
  readonly sessionLost: () => void;
  /** One that was answered, with its round trip in seconds; or one that was not. */
  readonly heartbeat: (seconds: number | undefined) => void;
  /** A child that can work, on what; `replaced` where it follows one that died. */
  readonly engineStarted: (engine: { readonly replaced: boolean; readonly provider: string; readonly device: string }) => void;
  readonly uploaded: (bytes: number) => void;
  readonly shardEnded: (shard: { readonly outcome: ShardOutcome; readonly stage: string; readonly model: string; readonly units: number }) => void;
  readonly draining: () => void;
}

/** Hears nothing. */
export const nobody: AgentObserver = {
  phase: () => {}, registered: () => {}, sessionLost: () => {}, heartbeat: () => {}, engineStarted: () => {}, uploaded: () => {}, shardEnded: () => {}, draining: () => {},
};
