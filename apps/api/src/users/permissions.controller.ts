import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessState } from '#libs/identity/application/access-state';
import { PermissionQueries } from '#libs/identity/application/permission-queries';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { AsOfQuery } from '../http/history.dto.js';
import { canonicalInstant } from '../http/history.presenter.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { PermissionsAnswer, PermissionsQuery, RolesAnswer } from './permission.dto.js';

@ApiTags('Permissions')
@Controller()
@Requires('user:manage')
export class PermissionsController {
  constructor(
    private readonly queries: PermissionQueries,
    private readonly access: AccessState,
  ) {}

  @Get('permissions')
  @ApiOperation({ summary: 'What can somebody do, and who can do something, now or at an earlier time' })
  @ApiOkResponse({ type: PermissionsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() { user, permission, asOf, ...page }: PermissionsQuery, @At() at: Door) {
    const filters = { user: listed(user), permission: listed(permission), asOf: canonicalInstant(asOf) };
    return at.remembered('permissions', this.access, () =>
      this.queries.list({ ...page, ...filters, workspaceId: at.workspaceId }),
    );
  }

  @Get('roles')
  @ApiOperation({ summary: 'The roles, what they let do, and how many hold them, now or at an earlier time' })
  @ApiOkResponse({ type: RolesAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'read-model-behind')
  roles(@Query() { asOf }: AsOfQuery, @At() at: Door) {
    return at.remembered('permissions', this.access, () => ({
      data: this.queries.roles(at.workspaceId, canonicalInstant(asOf)),
    }));
  }
}
