import type { Position } from '#libs/event-store/application/event-store';

/** Where queries find the tables of a group: a rebuild switches all of them at once, while queries go on. */
export abstract class ReadModels {
  /**
   * The live physical table, with schema and without quotes: `rm.review_status_v1_b2`. Ask for each query, do not keep it.
   * @throws ReadModelBehind while the group's version has no live build yet.
   */
  abstract tableName(group: string, table: string): string;
  /** Runs a query; once more with the new names when it met a table that a rebuild has dropped. */
  abstract read<T>(group: string, query: (table: (name: string) => string) => Promise<T>): Promise<T>;
  /** Everything up to here can be read; undefined while there is no live build. */
  abstract position(group: string): Position | undefined;
  /** Which of these partitions are parked: their rows are older than the group's position. */
  abstract stale(group: string, partitions: readonly string[]): Promise<ReadonlySet<string>>;
}
