/** A stage between synthesis and the atlas. */
export const quality = `
ALTER TABLE shard DROP CONSTRAINT shard_stage_check;
ALTER TABLE shard ADD CONSTRAINT shard_stage_check CHECK (stage IN ('exemplars', 'merge', 'projections', 'synthesis', 'quality', 'publish'));
`;
