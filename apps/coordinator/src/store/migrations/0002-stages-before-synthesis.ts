/** Stages that read a data set, before synthesis; a stage waits for those before it. */
export const stagesBeforeSynthesis = `
ALTER TABLE shard DROP CONSTRAINT shard_stage_check;
ALTER TABLE shard ADD CONSTRAINT shard_stage_check CHECK (stage IN ('exemplars', 'merge', 'synthesis', 'publish'));
CREATE INDEX shard_waiting ON shard (sweep_id, stage) WHERE state = 'waiting';
`;
