/** Why work on a leased shard ends before its result. */
export type StopReason =
  | 'cancelled'     // the sweep was cancelled or paused
  | 'yielded'       // other agents have nothing to do
  | 'lost'          // the lease is somebody else's now
  | 'fenced'        // no renewal for so long that somebody else may have it
  | 'session-lost'  // the coordinator does not know this agent's session any more
  | 'draining';     // this agent was asked to stop

/** What the abort signals of a shard carry as their reason. */
export class Stopped extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(reason);
    this.name = 'Stopped';
    this.reason = reason;
  }
}
