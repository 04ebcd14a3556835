/** What holders of a shard had finished of it when they were told to stop. */
export const checkpoints = `
ALTER TABLE shard ADD COLUMN finished jsonb;       -- objects as a manifest has them; null: nothing
`;
