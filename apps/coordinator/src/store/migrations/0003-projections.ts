/** A stage between the exemplars and synthesis. */
export const projections = `
ALTER TABLE shard DROP CONSTRAINT shard_stage_check;
ALTER TABLE shard ADD CONSTRAINT shard_stage_check CHECK (stage IN ('exemplars', 'merge', 'projections', 'synthesis', 'publish'));
`;
