import { Injectable } from '@nestjs/common';

/** What there is to belong to, and active. The room that keeps it answers, from memory. */
export abstract class Places {
  abstract isBranch(workspaceId: string, branchId: string): boolean;
  abstract isDepartment(workspaceId: string, departmentId: string): boolean;
  abstract isPosition(workspaceId: string, positionId: string): boolean;
  /** The roles that come with a position. */
  abstract rolesOf(workspaceId: string, positionId: string): readonly string[];
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
}
