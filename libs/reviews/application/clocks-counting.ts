/** Which clocks are looked for: those of open reviews that count by a version before this one. */
export interface OutdatedBy {
  readonly workspaceId: string;
  readonly key: string;
  readonly version: number;
  /** Reviews with ids behind this one; empty for the first. */
  readonly after: string;
  readonly limit: number;
}

/** Open reviews that count on a calendar, from the read model `clocks`. */
export abstract class ClocksCounting {
  /** Their ids, in order. */
  abstract outdated(by: OutdatedBy): Promise<readonly string[]>;
}
