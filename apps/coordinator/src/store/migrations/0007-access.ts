/** Who stands behind a session, tokens, and who did what. */
export const access = `
ALTER TABLE session ADD COLUMN identity text NOT NULL DEFAULT 'local';

CREATE TABLE token (
  id          text PRIMARY KEY,
  hash        bytea NOT NULL,             -- sha256 of the whole; the secret itself is nowhere
  name        text NOT NULL,
  roles       text[] NOT NULL,
  certificate text NOT NULL DEFAULT '',   -- common name beside which it is valid; empty: any or none
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  revoked_at  timestamptz
);

CREATE TABLE audit (
  number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL DEFAULT now(),
  who      text NOT NULL,
  roles    text[] NOT NULL,
  method   text NOT NULL,
  subject  text NOT NULL,
  outcome  text NOT NULL
);
`;
