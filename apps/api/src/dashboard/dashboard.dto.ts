export class SummaryAnswer {
  /**
   * Reviews by status.
   * @example { "in_review": 12, "approved": 40 }
   */
  byStatus!: Record<string, number>;
  /** Open steps whose time is up. */
  overdue!: number;
  /** Open steps due on this day (UTC). */
  dueToday!: number;
  /** Approved or rejected on this day (UTC). */
  decidedToday!: number;
}
