import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ActivateUserCommand,
  DeactivateUserCommand,
  GrantRoleCommand,
  RevokeRoleCommand,
  SuspendUserCommand,
} from '#libs/identity/application/commands/change-user.handlers';
import type { UserBusCommand } from '#libs/identity/application/commands/user-bus-command';
import type { Role } from '#libs/identity/domain/permissions';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { GrantRoleBody, RevokeRoleBody, StandingBody, UserReceiptAnswer } from './user.dto.js';
import { userState } from './user.presenter.js';

/** Whether a person may act at all, and in which roles. */
@ApiTags('Users')
@Controller('users/:userId')
@Requires('user:manage')
export class UserStandingController {
  constructor(private readonly commands: CommandBus) {}

  @Post('grant-role')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'Grant a role, from now or later on, for good or until a time' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  grantRole(@Param('userId') userId: string, @Body() body: GrantRoleBody, @At() at: Door) {
    const data = { userId, ...body, role: body.role as Role };
    return this.send(at, new GrantRoleCommand(data, at.metadata, at.options));
  }

  @Post('revoke-role')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'Take a role away, with effect from the next request; also one still to come' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  revokeRole(@Param('userId') userId: string, @Body() body: RevokeRoleBody, @At() at: Door) {
    const data = { userId, ...body, role: body.role as Role };
    return this.send(at, new RevokeRoleCommand(data, at.metadata, at.options));
  }

  @Post('suspend')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'Refuse everything in this name until it is activated; assignments stay' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  suspend(@Param('userId') userId: string, @Body() body: StandingBody, @At() at: Door) {
    return this.send(at, new SuspendUserCommand({ userId, ...body }, at.metadata, at.options));
  }

  @Post('deactivate')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'The person has left: all sessions end, open assignments go to others' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  deactivate(@Param('userId') userId: string, @Body() body: StandingBody, @At() at: Door) {
    return this.send(at, new DeactivateUserCommand({ userId, ...body }, at.metadata, at.options));
  }

  @Post('activate')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'Back, with the roles held before; a new sign-in is needed' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  activate(@Param('userId') userId: string, @Body() body: StandingBody, @At() at: Door) {
    return this.send(at, new ActivateUserCommand({ userId, ...body }, at.metadata, at.options));
  }

  private send<Data>(at: Door, command: UserBusCommand<Data>) {
    return at.receipt(this.commands.execute(command), userState(at.metadata.now));
  }
}
