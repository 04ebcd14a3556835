/** A ready shard that failed somewhere. */
export interface FailedShard {
  readonly sweepId: string;
  readonly seq: number;
  readonly failedNodes: readonly string[];
  /** What an agent must have to work on it. */
  readonly plugins: readonly string[];
}

/** An agent that lives and is not set aside. */
export interface WorkingAgent { readonly node: string; readonly plugins: readonly string[] }

/** The shards that a node is not given: they failed on it, and an agent that could do them works on a node where they have not. */
export function keptOff(failed: readonly FailedShard[], node: string, working: readonly WorkingAgent[]): readonly FailedShard[] {
  return failed.filter((shard) => shard.failedNodes.includes(node)
    && working.some((agent) => !shard.failedNodes.includes(agent.node) && shard.plugins.every((plugin) => agent.plugins.includes(plugin))));
}
