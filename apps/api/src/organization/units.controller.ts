import { Body, Get, Injectable, Param, Patch, Post, Query, type Type } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Permission } from '#libs/identity/domain/permissions';
import { UnitQueries } from '#libs/organization/application/units/unit-queries';
import { Units } from '#libs/organization/application/units/units';
import type { UnitKind } from '#libs/organization/domain/units/unit.events';
import type { Tree } from '#libs/organization/domain/units/unit.tree';
import { At, Door } from '../http/door.js';
import { AsOfQuery, ChangesAnswer, RevisionsQuery } from '../http/history.dto.js';
import { historyAnswer } from '../http/history.presenter.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { EventsAnswer } from '../reviews/review-answers.dto.js';
import { ChangeUnitBody, OpenUnitBody, UnitAnswer, UnitReceiptAnswer, UnitsAnswer, UnitsQuery } from './unit.dto.js';

/** The routes that branches and departments have alike; each call makes routes of its own. */
export function unitRoutes(kind: UnitKind, permission: Permission): Type<object> {
  const plural = kind === 'branch' ? 'branches' : 'departments';

  @Injectable()
  class UnitRoutes {
    constructor(
      private readonly units: Units,
      private readonly queries: UnitQueries,
    ) {}

    @Get()
    @Requires(permission)
    @ApiOperation({ summary: `The ${plural} of the workspace, by code` })
    @ApiOkResponse({ type: UnitsAnswer })
    @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor')
    list(@Query() { active, ...query }: UnitsQuery, @At() at: Door) {
      const isActive = active === undefined ? undefined : active === 'true';
      return this.queries.list(kind, { ...query, active: isActive, workspaceId: at.workspaceId });
    }

    @Post()
    @Requires(permission)
    @CommandRoute({ key: 'optional' })
    @ApiOperation({ summary: `Open a ${kind}` })
    @ApiCreatedResponse({ type: UnitReceiptAnswer })
    @Refuses('already-exists', 'validation-failed', 'idempotency-key-reused')
    open(@Body() body: OpenUnitBody, @At() at: Door) {
      const opened = this.units.open(kind, body, at.metadata, at.options);
      const location = `/api/v1/${plural}/${body.code}`;
      return at.receipt(opened, stateOf(body.code), () => ({ body: { id: body.code }, location }));
    }

    @Get(':id')
    @Requires(permission)
    @ApiOperation({ summary: `One ${kind}, now or at an earlier time` })
    @ApiOkResponse({ type: UnitAnswer })
    @Refuses('not-found', 'invalid-parameter')
    one(@Param('id') id: string, @Query() { asOf }: AsOfQuery, @At() at: Door) {
      return at.strong(this.queries.one(kind, at.workspaceId, id, asOf));
    }

    @Patch(':id')
    @Requires(permission)
    @CommandRoute({ key: 'optional', ifMatch: 'required' })
    @ApiOperation({ summary: `Change the details of a ${kind}, or move it with everything below it` })
    @ApiCreatedResponse({ type: UnitReceiptAnswer })
    @Refuses('not-found', 'revision-mismatch', 'precondition-required', 'validation-failed', 'invalid-state')
    change(@Param('id') id: string, @Body() body: ChangeUnitBody, @At() at: Door) {
      const changed = this.units.change(kind, { ...body, code: id }, at.metadata, at.options);
      return at.receipt(changed, stateOf(id), () => ({ body: { id } }));
    }

    @Post(':id/deactivate')
    @Requires(permission)
    @CommandRoute({ key: 'optional' })
    @ApiOperation({ summary: `Close a ${kind} that nobody belongs to, with nothing active below it` })
    @ApiCreatedResponse({ type: UnitReceiptAnswer })
    @Refuses('not-found', 'revision-mismatch', 'invalid-state')
    deactivate(@Param('id') id: string, @At() at: Door) {
      const sent = this.units.deactivate(kind, id, at.metadata, at.options);
      return at.receipt(sent, stateOf(id), () => ({ body: { id } }));
    }

    @Post(':id/activate')
    @Requires(permission)
    @CommandRoute({ key: 'optional' })
    @ApiOperation({ summary: `Open a ${kind} again` })
    @ApiCreatedResponse({ type: UnitReceiptAnswer })
    @Refuses('not-found', 'revision-mismatch', 'invalid-state')
    activate(@Param('id') id: string, @At() at: Door) {
      const sent = this.units.activate(kind, id, at.metadata, at.options);
      return at.receipt(sent, stateOf(id), () => ({ body: { id } }));
    }

    @Get(':id/history')
    @Requires(permission)
    @ApiOperation({ summary: `What has changed about a ${kind}, oldest first` })
    @ApiOkResponse({ type: EventsAnswer })
    @Refuses('not-found')
    async history(@Param('id') id: string, @At() at: Door) {
      return historyAnswer(await this.queries.history(kind, at.workspaceId, id));
    }

    @Get(':id/diff')
    @Requires(permission)
    @ApiOperation({ summary: 'What differs between two revisions of its history' })
    @ApiOkResponse({ type: ChangesAnswer })
    @Refuses('not-found', 'invalid-parameter')
    diff(@Param('id') id: string, @Query() query: RevisionsQuery, @At() at: Door) {
      return at.strong(this.queries.diff(kind, at.workspaceId, id, query));
    }
  }
  return UnitRoutes;
}

const stateOf =
  (id: string) =>
  ({ units }: Tree) => {
    const unit = units.get(id);
    return { id, parentId: unit?.parentId ?? null, active: unit?.active ?? false };
  };
