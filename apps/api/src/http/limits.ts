/** What the HTTP edge allows; every one of them from the configuration. */
export class HttpLimits {
  /** Largest body in bytes; the content inside may be smaller than that (256 KiB). */
  readonly bodyLimit: number = 1024 * 1024;
  /** Per principal; undefined = not limited (demo). */
  readonly requestsPerSecond: number | undefined = 1000;
  /** Per address, of those who sign in or come without a good token; undefined = not limited (demo). */
  readonly strangersPerSecond: number | undefined = undefined;

  /** Event streams that one person may keep open at a time, in one process. */
  readonly streamsPerPrincipal: number = 10;
  /** After so much silence a stream says that it is alive. */
  readonly heartbeatSeconds: number = 15;

  /** How long what was begun before the close may still take; then its connection is cut. */
  readonly drainSeconds: number = 15;

  constructor(changes: Partial<HttpLimits> = {}) {
    Object.assign(this, changes);
    Object.freeze(this);
  }
}
