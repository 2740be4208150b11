import { Injectable } from '@nestjs/common';

/** The places that somebody is to belong to. */
export interface PlacesNamed {
  readonly branchId?: string | null | undefined;
  readonly departmentId?: string | null | undefined;
  readonly positionId?: string | null | undefined;
}

/** What there is to belong to, and active. The room that keeps it answers, from memory. */
export abstract class Places {
  abstract isBranch(workspaceId: string, branchId: string): boolean;
  abstract isDepartment(workspaceId: string, departmentId: string): boolean;
  abstract isPosition(workspaceId: string, positionId: string): boolean;
  /** The roles that come with a position. */
  abstract rolesOf(workspaceId: string, positionId: string): readonly string[];
  /** The streams that say whether these are there, at the revisions known here (-1n: none yet). */
  abstract reliesOn(workspaceId: string, named: PlacesNamed): ReadonlyMap<string, bigint>;
  /** Resolves once all that is in the log now is known. Throws `EventStoreUnavailable`. */
  abstract current(): Promise<void>;
}

/** Every name is a place: where nobody keeps a list of them. */
@Injectable()
export class AnyPlace extends Places {
  isBranch(): boolean {
    return true;
  }

  isDepartment(): boolean {
    return true;
  }

  isPosition(): boolean {
    return true;
  }

  rolesOf(): readonly string[] {
    return [];
  }

  reliesOn(): ReadonlyMap<string, bigint> {
    return new Map();
  }

  async current(): Promise<void> {}
}
