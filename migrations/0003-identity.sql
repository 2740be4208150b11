-- What identity keeps beside the log: passwords, sessions and their tokens, counters of wrong passwords. None of it is
-- an event: it is secret, short-lived or both. Who people are and what they may do is in the log (`user-*`).
CREATE SCHEMA identity;

CREATE TABLE identity.credentials (
  user_id       text PRIMARY KEY,
  -- PHC string: $argon2id$…, or bcrypt ($2…) when it was imported and its owner has not signed in since.
  password_hash text NOT NULL,
  changed_at    timestamptz NOT NULL
);

-- A sign-in: the family of refresh tokens that follow each other.
CREATE TABLE identity.sessions (
  session_id    uuid PRIMARY KEY,
  user_id       text NOT NULL,
  workspace_id  text NOT NULL,
  created_at    timestamptz NOT NULL,
  refreshed_at  timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  revoked_at    timestamptz,
  user_agent    text
);
CREATE INDEX sessions_of_user ON identity.sessions (user_id, created_at DESC);
CREATE INDEX sessions_by_expiry ON identity.sessions (expires_at);

CREATE TABLE identity.refresh_tokens (
  -- SHA-256 of the token: 32 random bytes need no slow hash.
  token_hash  bytea PRIMARY KEY,
  session_id  uuid NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
  issued_at   timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  -- Set when it was exchanged for its successor; a token is good for one exchange.
  rotated_at  timestamptz
);
CREATE INDEX refresh_tokens_of_session ON identity.refresh_tokens (session_id);

-- Wrong passwords per account since the last right one. The account is named by a hash, whether it exists or not.
CREATE TABLE identity.login_failures (
  account       bytea PRIMARY KEY,
  failures      integer NOT NULL CHECK (failures > 0),
  last_failure  timestamptz NOT NULL,
  locked_until  timestamptz
);
CREATE INDEX login_failures_by_age ON identity.login_failures (last_failure);
