/** Shards that were cut in two after they had failed. */
export const bisection = `
ALTER TABLE shard ADD COLUMN origin integer;       -- of a piece: seq of the shard that it was cut from at first
`;
