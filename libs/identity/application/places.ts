import { Injectable } from '@nestjs/common';

/** What there is to belong to. */
export abstract class Places {
  abstract isBranch(workspaceId: string, branchId: string): boolean;
  abstract isDepartment(workspaceId: string, departmentId: string): boolean;
  abstract isPosition(workspaceId: string, positionId: string): boolean;
}

/** Every name is a place: where nobody keeps a list of them. */
@Injectable()
export class AnyPlace extends Places {
  isBranch = () => true;
  isDepartment = () => true;
  isPosition = () => true;
}
