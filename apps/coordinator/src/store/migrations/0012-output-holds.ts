/** Outputs in which nobody works for a while: somebody removes what no manifest has. */
export const outputHolds = `
CREATE TABLE output_hold (
  output      text PRIMARY KEY,
  holder      text NOT NULL,
  expires_at  timestamptz NOT NULL
);
`;
