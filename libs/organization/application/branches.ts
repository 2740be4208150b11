/** The tree of branches, answered from memory: asking costs no I/O. */
export abstract class Branches {
  /** A branch and all below it, as they stand now; of one that is not known, itself. */
  abstract below(workspaceId: string, branchId: string): readonly string[];
  /** As it was at an earlier instant (RFC 3339 UTC). */
  abstract belowAsOf(workspaceId: string, branchId: string, instant: string): readonly string[];
  /** A branch and all above it, nearest first; of one that is not known, itself. */
  abstract above(workspaceId: string, branchId: string): readonly string[];
  /** As it was at an earlier instant (RFC 3339 UTC). */
  abstract aboveAsOf(workspaceId: string, branchId: string, instant: string): readonly string[];
  abstract isThere(workspaceId: string, branchId: string): boolean;
  /** Whether people and customers may be given to it. */
  abstract isActive(workspaceId: string, branchId: string): boolean;
  /** The key of the calendar of the branch, else of the nearest above that has one. */
  abstract calendarOf(workspaceId: string, branchId: string): string | null;
}
