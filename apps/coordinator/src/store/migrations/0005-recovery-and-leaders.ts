/** When a shard lost its agent, and which coordinator does what only one of them does. */
export const recoveryAndLeaders = `
ALTER TABLE shard ADD COLUMN lost_at timestamptz;  -- last sign of life of the agent that it was lost with, until somebody has it again

CREATE TABLE leader (
  role        text PRIMARY KEY,
  holder      text NOT NULL,              -- one life of a coordinator process
  term        bigint NOT NULL,            -- rises whenever the holder changes
  expires_at  timestamptz NOT NULL
);
`;
