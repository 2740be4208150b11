-- A password that an administrator has made: good for one sign-in until an instant, and then for choosing another one.
ALTER TABLE identity.credentials
  ADD COLUMN one_time_until timestamptz,
  ADD COLUMN spent_at       timestamptz;

-- Secrets of service accounts, two while one replaces the other. SHA-256: 32 random bytes need no slow hash.
CREATE TABLE identity.client_secrets (
  secret_hash bytea PRIMARY KEY,
  client_id   text NOT NULL,
  created_at  timestamptz NOT NULL,
  -- From then on it is refused; null = for good.
  ends_at     timestamptz
);
CREATE INDEX client_secrets_of_client ON identity.client_secrets (client_id);
