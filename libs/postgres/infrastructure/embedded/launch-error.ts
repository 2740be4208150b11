/** The embedded PostgreSQL could not do what was asked; the message is meant for the person at the terminal. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
