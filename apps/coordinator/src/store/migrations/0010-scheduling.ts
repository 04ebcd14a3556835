/** Who is kept away from what: nodes from shards that failed on them, agents that fail everything from all. */
export const scheduling = `
ALTER TABLE shard ADD COLUMN failed_nodes text[] NOT NULL DEFAULT '{}';  -- on which it failed since it was made or retried
CREATE INDEX shard_failed ON shard (sweep_id, seq) WHERE state = 'ready' AND failed_nodes <> '{}';

-- Of agents whose last report was a failure; by name, for whoever starts again is not well for that.
CREATE TABLE agent_health (
  agent_id   text PRIMARY KEY,
  failed     text[] NOT NULL,             -- different shards that failed in a row
  asides     integer NOT NULL DEFAULT 0,  -- times that it was set aside since its last success
  until      timestamptz NOT NULL DEFAULT '-infinity',
  changed_at timestamptz NOT NULL DEFAULT now()
);
`;
