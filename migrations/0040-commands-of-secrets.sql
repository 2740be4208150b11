-- The command that a secret was made for: one that is repeated while its first try is under way makes no second secret.
ALTER TABLE identity.client_secrets ADD COLUMN command_id uuid UNIQUE;
