/** What the HTTP edge allows; every one of them from the configuration. */
export class HttpLimits {
  /** Largest body in bytes; the content inside may be smaller than that (256 KiB). */
  readonly bodyLimit: number = 1024 * 1024;
  /** Per principal; undefined = not limited (demo). */
  readonly requestsPerSecond: number | undefined = 1000;

  constructor(changes: { bodyLimit?: number; requestsPerSecond?: number | undefined } = {}) {
    Object.assign(this, changes);
    Object.freeze(this);
  }
}
