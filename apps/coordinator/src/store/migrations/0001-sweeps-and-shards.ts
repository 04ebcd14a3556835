/** Sweeps, shards, sessions, manifests. Plain SQL; once released it is never edited, only followed by another. */
export const sweepsAndShards = `
CREATE TABLE sweep (
  id               text PRIMARY KEY,
  number           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,   -- order of submission
  idempotency_key  text NOT NULL UNIQUE,
  name             text NOT NULL,
  output           text NOT NULL,
  plan             text NOT NULL,          -- as it was submitted: json types would reorder its keys
  plan_hash        text NOT NULL,          -- of its canonical form
  publish_seq      integer NOT NULL,       -- of its last shard
  state            text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled', 'done', 'failed')),
  error            jsonb,
  created_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz
);
CREATE INDEX sweep_running ON sweep (number) WHERE state = 'running';

-- A session is one registration of one agent process. It lives until ended_at is set, and counts as dead from expires_at.
CREATE TABLE session (
  id             text PRIMARY KEY,
  agent_id       text NOT NULL,
  incarnation    text NOT NULL,
  node           text NOT NULL,
  provider       text NOT NULL,
  device         text NOT NULL,
  version        text NOT NULL,
  plugins        text[] NOT NULL,
  started_at     timestamptz NOT NULL DEFAULT now(),
  heartbeat_at   timestamptz NOT NULL DEFAULT now(),
  heartbeat_seq  bigint NOT NULL DEFAULT -1,
  expires_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  end_reason     text CHECK (end_reason IN ('replaced', 'expired')),
  progress       jsonb NOT NULL DEFAULT '[]',
  units_done     bigint NOT NULL DEFAULT 0,
  shards_done    integer NOT NULL DEFAULT 0,
  shards_failed  integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);                  -- heartbeats touch no indexed column: updates stay in the page
CREATE UNIQUE INDEX session_live ON session (agent_id) WHERE ended_at IS NULL;

CREATE TABLE shard (
  sweep_id       text NOT NULL REFERENCES sweep ON DELETE CASCADE,
  seq            integer NOT NULL,
  stage          text NOT NULL CHECK (stage IN ('synthesis', 'publish')),
  layer          text NOT NULL,
  unit_start     integer NOT NULL,
  unit_end       integer NOT NULL,
  view           integer NOT NULL,
  cost           double precision NOT NULL,
  state          text NOT NULL CHECK (state IN ('waiting', 'ready', 'leased', 'done', 'quarantined', 'cancelled')),
  fence          bigint NOT NULL DEFAULT 0, -- rises with every claim, never falls
  session        text REFERENCES session,
  lease_request  text,
  leased_at      timestamptz,
  not_before     timestamptz NOT NULL DEFAULT '-infinity',
  failures       integer NOT NULL DEFAULT 0, -- its own
  faults         integer NOT NULL DEFAULT 0, -- the world's
  losses         integer NOT NULL DEFAULT 0, -- agents lost while they held it
  error          jsonb,                      -- the last one
  manifest_hash  text,
  stats          jsonb,
  done_at        timestamptz,
  PRIMARY KEY (sweep_id, seq),
  CHECK ((state = 'leased') = (session IS NOT NULL)),
  CHECK ((state = 'done') = (manifest_hash IS NOT NULL))
);
CREATE INDEX shard_ready ON shard (sweep_id, seq) WHERE state = 'ready';
CREATE INDEX shard_leased ON shard (session) WHERE state = 'leased';
CREATE INDEX shard_open ON shard (sweep_id, stage) WHERE state IN ('ready', 'leased');
CREATE INDEX shard_recent ON shard (sweep_id, done_at) WHERE state = 'done';
CREATE INDEX shard_quarantined ON shard (sweep_id, seq) WHERE state = 'quarantined';

-- Requests for work that were answered with some: a reply that was lost is given again, not doubled.
CREATE TABLE acquire_request (
  session     text NOT NULL REFERENCES session ON DELETE CASCADE,
  request_id  text NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session, request_id)
);
CREATE INDEX acquire_request_at ON acquire_request (at);

-- The manifest. An object that is not here does not exist.
CREATE TABLE object (
  sweep_id  text NOT NULL,
  key       text NOT NULL,
  seq       integer NOT NULL,
  bytes     bigint NOT NULL,
  sha256    text NOT NULL,
  rows      bigint NOT NULL,
  kind      text NOT NULL,
  layer     text NOT NULL,
  PRIMARY KEY (sweep_id, key),
  FOREIGN KEY (sweep_id, seq) REFERENCES shard ON DELETE CASCADE
);
CREATE INDEX object_of_shard ON object (sweep_id, seq);

CREATE TABLE shard_failure (
  sweep_id  text NOT NULL,
  seq       integer NOT NULL,
  fence     bigint NOT NULL,
  class     text NOT NULL,
  agent_id  text NOT NULL,
  node      text NOT NULL,
  error     jsonb NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sweep_id, seq, fence),
  FOREIGN KEY (sweep_id, seq) REFERENCES shard ON DELETE CASCADE
);
`;
