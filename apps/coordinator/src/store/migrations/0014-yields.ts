/** Leases that are to be given back because other agents have nothing to do. */
export const yields = `
ALTER TABLE shard ADD COLUMN yield_fence bigint;       -- the fence under which it was asked for; of an earlier one it says nothing
ALTER TABLE shard ADD COLUMN yield_at timestamptz;     -- when
`;
