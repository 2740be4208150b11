import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { RevokeDelegationCommand } from '#libs/delegations/application/commands/revoke-delegation.handler';
import { DelegationBook } from '#libs/delegations/application/delegation-book';
import { DelegationList } from '#libs/delegations/application/delegation-list';
import { NoSuchDelegation } from '#libs/delegations/domain/delegation.errors';
import type { DelegationStatus } from '#libs/delegations/domain/delegation.state';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import {
  CreateDelegationBody,
  DelegationAnswer,
  DelegationCreatedAnswer,
  DelegationReceiptAnswer,
  DelegationsAnswer,
  DelegationsQuery,
  RevokeDelegationBody,
} from './delegation.dto.js';
import { made, scopeOf, shown, stateOfMade, stateOfNamed } from './delegation.presenter.js';

@ApiTags('Delegations')
@Controller('delegations')
@Requires('delegation:admin')
export class DelegationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly book: DelegationBook,
    private readonly delegations: DelegationList,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'Delegations by the caller, to the caller, and of those whose delegations the caller administers; newest first',
  })
  @ApiOkResponse({ type: DelegationsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(
    @Query() { status, delegator, delegate, ...page }: DelegationsQuery,
    @At() at: Door,
  ): Promise<DelegationsAnswer> {
    const { now } = at.metadata;
    const filters = {
      status: listed(status) as readonly DelegationStatus[] | undefined,
      delegator: listed(delegator),
      delegate: listed(delegate),
    };
    return at.remembered('delegations', this.book, () => {
      const found = this.delegations.list({ ...page, ...filters, access: at.access('delegation:admin'), now });
      return { ...found, data: found.data.map((grant) => shown(grant, now)) };
    });
  }

  @Get(':delegationId')
  @ApiOperation({ summary: 'One delegation' })
  @ApiOkResponse({ type: DelegationAnswer })
  @Refuses('not-found', 'read-model-behind')
  one(@Param('delegationId') delegationId: string, @At() at: Door): Promise<DelegationAnswer> {
    const { now } = at.metadata;
    return at.remembered('delegations', this.book, async () => {
      const grant = await this.delegations.one(at.access('delegation:admin'), delegationId);
      if (!grant) throw new NoSuchDelegation();
      return shown(grant, now);
    });
  }

  @Post()
  @CommandRoute({ key: 'optional' })
  @ApiOperation({
    summary: 'Let another person act for the caller, or for somebody in whose name the caller may say so',
  })
  @ApiCreatedResponse({ type: DelegationCreatedAnswer })
  @Refuses('idempotency-key-reused', 'revision-mismatch', 'reason-required')
  create(@Body() { scope, ...body }: CreateDelegationBody, @At() at: Door) {
    const data = { ...body, ...(scope && { scope: scopeOf(scope) }) };
    const command = new CreateDelegationCommand(data, at.metadata, { ...at.options, reach: reachOf(at) });
    return at.receipt(this.commands.execute(command), stateOfMade, made);
  }

  @Post(':delegationId/revoke')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'End a delegation before its time; what was decided under it stands' })
  @ApiCreatedResponse({ type: DelegationReceiptAnswer })
  @Refuses('not-found', 'idempotency-key-reused', 'revision-mismatch', 'reason-required')
  revoke(@Param('delegationId') delegationId: string, @Body() body: RevokeDelegationBody, @At() at: Door) {
    const command = new RevokeDelegationCommand({ delegationId, ...body }, at.metadata, {
      ...at.options,
      reach: reachOf(at),
    });
    return at.receipt(this.commands.execute(command), stateOfNamed(delegationId, at.metadata.now), () => ({
      body: { delegationId },
    }));
  }
}

/** Whose delegations the caller may make and end, besides his own. */
const reachOf = (at: Door) => at.access('delegation:admin').reach;
