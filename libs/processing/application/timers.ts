/** Deadlines that process managers have set. */
export abstract class Timers {
  /**
   * Fires everything due now, of one workspace or of all, including what becomes due by it. Waits first until the
   * process managers have seen every event there is.
   * @returns how many had an effect.
   * @throws ReadModelBehind when they do not catch up.
   */
  abstract fireDue(workspaceId?: string): Promise<number>;
}
