import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessState } from '#libs/identity/application/access-state';
import { ChangeUserCommand } from '#libs/identity/application/commands/change-user.handlers';
import { NewUsers } from '#libs/identity/application/new-users';
import { PeopleList } from '#libs/identity/application/people-list';
import { UserQueries } from '#libs/identity/application/user-queries';
import type { Role } from '#libs/identity/domain/permissions';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { AsOfQuery, ChangesAnswer, RevisionsQuery } from '../http/history.dto.js';
import { canonicalInstant, historyAnswer } from '../http/history.presenter.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { EventsAnswer } from '../reviews/review-answers.dto.js';
import {
  ChangeUserBody,
  CreateUserBody,
  UserAnswer,
  UserCreatedAnswer,
  UserReceiptAnswer,
  UsersAnswer,
  UsersQuery,
} from './user.dto.js';
import { madeUser, userAnswer, userAt, userState } from './user.presenter.js';

@ApiTags('Users')
@Controller('users')
@Requires('user:manage')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly people: PeopleList,
    private readonly queries: UserQueries,
    private readonly newUsers: NewUsers,
    private readonly access: AccessState,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The people of the workspace, in the order of their registration; also as they were' })
  @ApiOkResponse({ type: UsersAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() { status, role, branch, department, position, asOf, ...query }: UsersQuery, @At() at: Door) {
    const { now } = at.metadata;
    const instant = canonicalInstant(asOf);
    const filters = {
      status: listed(status),
      role: listed(role),
      branch: listed(branch),
      department: listed(department),
      position: listed(position),
    };
    return at.remembered('users', this.access, () => {
      const found = this.people.list({ ...query, ...filters, workspaceId: at.workspaceId, now, asOf: instant });
      return { ...found, data: found.data.map(userAnswer(instant ?? now)) };
    });
  }

  @Post()
  @CommandRoute({ key: 'optional' })
  @ApiOperation({
    summary: 'Make a person known; the answer holds a one-time secret to hand over, and nothing else does',
  })
  @ApiCreatedResponse({ type: UserCreatedAnswer })
  @Refuses('validation-failed', 'already-exists', 'concurrent-modification', 'idempotency-key-reused', 'overloaded')
  async create(@Body() { roles, ...body }: CreateUserBody, @At() at: Door) {
    const person = { ...body, ...(roles && { roles: roles as Role[] }) };
    const made = await this.newUsers.register(person, at.metadata, at.options);
    return at.receipt(Promise.resolve(made.outcome), userState(at.metadata.now), madeUser(made));
  }

  @Get(':userId')
  @ApiOperation({ summary: 'One person, also as at an earlier time' })
  @ApiOkResponse({ type: UserAnswer })
  @Refuses('not-found', 'unknown-parameter', 'invalid-parameter')
  read(@Param('userId') userId: string, @Query() { asOf }: AsOfQuery, @At() at: Door): Promise<UserAnswer> {
    const instant = canonicalInstant(asOf);
    const shown = userAt(instant ?? at.metadata.now);
    return at.strong(this.queries.one(at.workspaceId, userId, instant).then(shown));
  }

  @Patch(':userId')
  @CommandRoute({ key: 'optional', of: 'the person', ifMatch: 'required' })
  @ApiOperation({ summary: 'Change what is given: personal details, and where the person belongs' })
  @ApiCreatedResponse({ type: UserReceiptAnswer })
  @Refuses(
    'not-found',
    'invalid-state',
    'already-exists',
    'validation-failed',
    'precondition-required',
    'revision-mismatch',
    'idempotency-key-reused',
  )
  change(@Param('userId') userId: string, @Body() body: ChangeUserBody, @At() at: Door) {
    const data = { userId, ...body };
    return at.receipt(
      this.commands.execute(new ChangeUserCommand(data, at.metadata, at.options)),
      userState(at.metadata.now),
    );
  }

  @Get(':userId/history')
  @ApiOperation({ summary: 'Everything that was recorded about a person, oldest first' })
  @ApiOkResponse({ type: EventsAnswer })
  @Refuses('not-found')
  async history(@Param('userId') userId: string, @At() at: Door): Promise<EventsAnswer> {
    return historyAnswer(await this.queries.history(at.workspaceId, userId));
  }

  @Get(':userId/diff')
  @ApiOperation({ summary: 'What changed about a person between two revisions' })
  @ApiOkResponse({ type: ChangesAnswer })
  @Refuses('not-found', 'unknown-parameter', 'invalid-parameter')
  diff(@Param('userId') userId: string, @Query() { from, to }: RevisionsQuery, @At() at: Door) {
    return this.queries.diff(at.workspaceId, userId, { from, to }) as Promise<ChangesAnswer>;
  }
}
