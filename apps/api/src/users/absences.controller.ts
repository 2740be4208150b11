import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { delegationOf } from '#libs/delegations/application/absences';
import {
  absenceIdOf,
  EndAbsenceCommand,
  EnterAbsenceCommand,
} from '#libs/delegations/application/commands/absence.handlers';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { AbsenceReceiptAnswer, EnterAbsenceBody } from './absence.dto.js';
import { UserReceiptAnswer } from './user.dto.js';
import { userState } from './user.presenter.js';

/** Who is away, entered by the person or by whoever may delegate in that name. */
@ApiTags('Users')
@Controller('users/:userId/absences')
@Requires('delegation:admin')
export class AbsencesController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'Enter an absence; the substitute may act for the person from its beginning to its end' })
  @ApiCreatedResponse({ type: AbsenceReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  enter(@Param('userId') userId: string, @Body() body: EnterAbsenceBody, @At() at: Door) {
    const absenceId = absenceIdOf(at.metadata);
    const delegationId = body.substitute === undefined ? null : delegationOf(absenceId);
    return at.receipt(
      this.commands.execute(new EnterAbsenceCommand({ userId, ...body }, at.metadata, optionsOf(at))),
      userState(at.metadata.now),
      () => ({ body: { absenceId, delegationId } }),
    );
  }

  @Post(':absenceId/end')
  @CommandRoute({ key: 'optional', of: 'the person' })
  @ApiOperation({ summary: 'End an absence before its time, or before it began; its delegation ends with it' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  end(@Param('userId') userId: string, @Param('absenceId') absenceId: string, @At() at: Door) {
    return at.receipt(
      this.commands.execute(new EndAbsenceCommand({ userId, absenceId }, at.metadata, optionsOf(at))),
      userState(at.metadata.now),
    );
  }
}

const optionsOf = (at: Door) => ({ ...at.options, reach: at.access('delegation:admin').reach });
