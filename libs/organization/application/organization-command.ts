/** How a command on the organization is to be carried out. */
export interface CommandOptions {
  /** The client's `If-Match`. */
  readonly expectedRevision?: bigint;
  /** Decide, but record nothing. */
  readonly dryRun?: boolean;
}

/** A strong read, with the revision that is its ETag. */
export interface AtRevision<View> {
  readonly view: View;
  readonly revision: bigint;
}
