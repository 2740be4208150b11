import { Injectable } from '@nestjs/common';
import { Places, type PlacesNamed } from '#libs/identity/application/places';
import { PositionBook } from './positions/position-book.js';
import { UnitBook } from './units/unit-book.js';

/** Where people may belong: what is there, and active. */
@Injectable()
export class KnownPlaces extends Places {
  constructor(
    private readonly units: UnitBook,
    private readonly positions: PositionBook,
  ) {
    super();
  }

  isBranch(workspaceId: string, branchId: string): boolean {
    return this.units.isActive(workspaceId, branchId);
  }

  isDepartment(workspaceId: string, departmentId: string): boolean {
    return this.units.tree('department', workspaceId).units.get(departmentId)?.active === true;
  }

  isPosition(workspaceId: string, positionId: string): boolean {
    return this.positions.of(workspaceId).get(positionId)?.active === true;
  }

  rolesOf(workspaceId: string, positionId: string): readonly string[] {
    return this.positions.of(workspaceId).get(positionId)?.defaultRoles ?? [];
  }

  reliesOn(workspaceId: string, { branchId, departmentId, positionId }: PlacesNamed): ReadonlyMap<string, bigint> {
    return new Map([
      ...(branchId ? [this.units.standing('branch', workspaceId)] : []),
      ...(departmentId ? [this.units.standing('department', workspaceId)] : []),
      ...(positionId ? [this.positions.standing(workspaceId)] : []),
    ]);
  }

  async current(): Promise<void> {
    await Promise.all([this.units.current(), this.positions.current()]);
  }
}
