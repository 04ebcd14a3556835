/** Shards that are made when they are needed, out of lots; and what sweeps are entitled to and have had. */
export const lotsAndShares = `
-- The shards of a stage, layer and view, as the plan counts them; rows of shard are made of them in windows.
-- Sweeps of before have none: all their shards are rows.
CREATE TABLE lot (
  sweep_id    text NOT NULL REFERENCES sweep ON DELETE CASCADE,
  seq         integer NOT NULL,           -- of its first shard
  stage       text NOT NULL,
  layer       text NOT NULL,
  view        integer NOT NULL,
  shards      integer NOT NULL,
  expanded    integer NOT NULL DEFAULT 0, -- of them that are rows
  units_left  double precision NOT NULL,  -- of those that are none
  cost_left   double precision NOT NULL,
  PRIMARY KEY (sweep_id, seq)
);
CREATE INDEX lot_open ON lot (sweep_id, stage) WHERE expanded < shards;

DROP INDEX shard_ready;
CREATE INDEX shard_ready ON shard (sweep_id, stage, layer, view, seq) WHERE state = 'ready';

ALTER TABLE sweep ADD COLUMN weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0);
ALTER TABLE sweep ADD COLUMN priority integer NOT NULL DEFAULT 0;
ALTER TABLE sweep ADD COLUMN max_agents integer NOT NULL DEFAULT 0;                 -- 0: as many as there are
ALTER TABLE sweep ADD COLUMN joined_at double precision NOT NULL DEFAULT 0;         -- virtual seconds

-- Agent-seconds of leases that have ended: written, never changed, added up now and then. A row of the sweep would be locked by every commit.
CREATE TABLE sweep_usage (
  sweep_id  text NOT NULL REFERENCES sweep ON DELETE CASCADE,
  seconds   double precision NOT NULL
);
CREATE INDEX sweep_usage_of ON sweep_usage (sweep_id);
`;
