/** `migrations/0003-identity.sql` and `0017-sign-in.sql` as Kysely sees them. */
export interface IdentityTables {
  'identity.credentials': {
    user_id: string;
    password_hash: string;
    changed_at: Date;
    one_time_until: Date | null;
    spent_at: Date | null;
  };
  'identity.client_secrets': {
    secret_hash: Buffer;
    client_id: string;
    created_at: Date;
    ends_at: Date | null;
    command_id: string | null;
  };
  'identity.sessions': {
    session_id: string;
    user_id: string;
    workspace_id: string;
    created_at: Date;
    refreshed_at: Date;
    expires_at: Date;
    revoked_at: Date | null;
    user_agent: string | null;
  };
  'identity.refresh_tokens': {
    token_hash: Buffer;
    session_id: string;
    issued_at: Date;
    expires_at: Date;
    rotated_at: Date | null;
  };
  'identity.login_failures': {
    account: Buffer;
    failures: number;
    last_failure: Date;
    locked_until: Date | null;
  };
}
