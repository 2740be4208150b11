import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PositionOrders } from '#libs/organization/application/positions/position-orders';
import { PositionQueries } from '#libs/organization/application/positions/position-queries';
import type { PositionDetails } from '#libs/organization/domain/positions/position.commands';
import type { Position, Positions } from '#libs/organization/domain/positions/position.state';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { AsOfQuery, ChangesAnswer, RevisionsQuery } from '../http/history.dto.js';
import { historyAnswer } from '../http/history.presenter.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { EventsAnswer } from '../reviews/review-answers.dto.js';
import {
  ChangePositionBody,
  OpenPositionBody,
  PositionAnswer,
  PositionReceiptAnswer,
  PositionsAnswer,
  PositionsQuery,
} from './position.dto.js';

@ApiTags('Organization')
@Controller('positions')
@Requires('position:manage')
export class PositionsController {
  constructor(
    private readonly orders: PositionOrders,
    private readonly queries: PositionQueries,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The positions of the workspace, by code' })
  @ApiOkResponse({ type: PositionsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor')
  async list(@Query() { active, department, ...query }: PositionsQuery, @At() at: Door) {
    const filters = { active: active === undefined ? undefined : active === 'true', department: listed(department) };
    const found = await this.queries.list({ ...query, ...filters, workspaceId: at.workspaceId });
    return { ...found, data: found.data.map(positionAnswer) };
  }

  @Post()
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Open a position' })
  @ApiCreatedResponse({ type: PositionReceiptAnswer })
  @Refuses('already-exists', 'validation-failed', 'idempotency-key-reused')
  open(@Body() body: OpenPositionBody, @At() at: Door) {
    const { code, title } = body;
    const opened = this.orders.open({ ...(body as PositionDetails), code, title }, at.metadata, at.options);
    return at.receipt(opened, stateOf(code), () => ({
      body: { positionId: code },
      location: `/api/v1/positions/${code}`,
    }));
  }

  @Get(':positionId')
  @ApiOperation({ summary: 'One position, now or at an earlier time' })
  @ApiOkResponse({ type: PositionAnswer })
  @Refuses('not-found', 'invalid-parameter')
  one(@Param('positionId') code: string, @Query() { asOf }: AsOfQuery, @At() at: Door) {
    const read = this.queries.one(at.workspaceId, code, asOf);
    return at.strong(read.then(({ view, revision }) => ({ view: positionAnswer(view), revision })));
  }

  @Patch(':positionId')
  @CommandRoute({ key: 'optional', of: 'the position', ifMatch: 'required' })
  @ApiOperation({ summary: 'Change what is given' })
  @ApiCreatedResponse({ type: PositionReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'precondition-required', 'validation-failed', 'idempotency-key-reused')
  change(@Param('positionId') code: string, @Body() body: ChangePositionBody, @At() at: Door) {
    const changed = this.orders.change({ ...(body as PositionDetails), code }, at.metadata, at.options);
    return at.receipt(changed, stateOf(code), () => ({ body: { positionId: code } }));
  }

  @Post(':positionId/deactivate')
  @CommandRoute({ key: 'optional', of: 'the position' })
  @ApiOperation({ summary: 'Close a position that nobody active is in' })
  @ApiCreatedResponse({ type: PositionReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'invalid-state', 'idempotency-key-reused')
  deactivate(@Param('positionId') code: string, @At() at: Door) {
    const sent = this.orders.deactivate(code, at.metadata, at.options);
    return at.receipt(sent, stateOf(code), () => ({ body: { positionId: code } }));
  }

  @Post(':positionId/activate')
  @CommandRoute({ key: 'optional', of: 'the position' })
  @ApiOperation({ summary: 'Open a position again' })
  @ApiCreatedResponse({ type: PositionReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  activate(@Param('positionId') code: string, @At() at: Door) {
    const sent = this.orders.activate(code, at.metadata, at.options);
    return at.receipt(sent, stateOf(code), () => ({ body: { positionId: code } }));
  }

  @Get(':positionId/history')
  @ApiOperation({ summary: 'What has changed about a position, oldest first' })
  @ApiOkResponse({ type: EventsAnswer })
  @Refuses('not-found')
  async history(@Param('positionId') code: string, @At() at: Door) {
    return historyAnswer(await this.queries.history(at.workspaceId, code));
  }

  @Get(':positionId/diff')
  @ApiOperation({ summary: 'What differs between two revisions of its history' })
  @ApiOkResponse({ type: ChangesAnswer })
  @Refuses('not-found', 'invalid-parameter')
  diff(@Param('positionId') code: string, @Query() query: RevisionsQuery, @At() at: Door) {
    return at.strong(this.queries.diff(at.workspaceId, code, query));
  }
}

const positionAnswer = ({ revision, defaultRoles, ...position }: Position): PositionAnswer => ({
  id: position.code,
  ...position,
  defaultRoles: [...defaultRoles],
  revision: Number(revision),
});

const stateOf = (code: string) => (positions: Positions) => ({ active: positions.get(code)?.active ?? false });
