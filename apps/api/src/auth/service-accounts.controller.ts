import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessState } from '#libs/identity/application/access-state';
import { ServiceAccounts, type NewServiceAccount, type WithSecret } from '#libs/identity/application/service-accounts';
import type { Grant } from '#libs/identity/domain/permissions';
import { anId, cursorAfter, pageOf, readCursor } from '#libs/kernel/application/page';
import { At, Door } from '../http/door.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import {
  ClientSecretReceiptAnswer,
  CreateServiceAccountBody,
  GrantBody,
  RotateSecretBody,
  ServiceAccountAnswer,
  ServiceAccountReceiptAnswer,
  ServiceAccountsAnswer,
  WithdrawGrantBody,
} from './service-account.dto.js';
import { clientOf, serviceAccountAnswer, serviceAccountState } from './service-account.presenter.js';

const LIST = 'service-accounts';

@ApiTags('Service accounts')
@Controller('service-accounts')
@Requires('service-account:manage')
export class ServiceAccountsController {
  constructor(
    private readonly accounts: ServiceAccounts,
    private readonly access: AccessState,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The service accounts of the workspace, by name' })
  @ApiOkResponse({ type: ServiceAccountsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() { limit, cursor }: PageQuery, @At() at: Door) {
    const [name = '', id = ''] = readCursor(LIST, cursor, [anId, anId]) ?? [];
    return at.remembered(LIST, this.access, () => {
      const rest = this.accounts
        .list(at.workspaceId)
        .filter((it) => it.name > name || (it.name === name && it.serviceId > id));
      return pageOf(rest, limit, serviceAccountAnswer, (last) => cursorAfter(LIST, [last.name, last.serviceId]));
    });
  }

  @Post()
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Make a service account; its client secret is in this answer and nowhere else' })
  @ApiCreatedResponse({ type: ClientSecretReceiptAnswer })
  @Refuses('validation-failed', 'already-exists', 'idempotency-key-reused')
  create(@Body() body: CreateServiceAccountBody, @At() at: Door) {
    return this.withSecret(at, this.accounts.create(body as NewServiceAccount, at.metadata, at.options));
  }

  @Get(':serviceId')
  @ApiOperation({ summary: 'One service account' })
  @ApiOkResponse({ type: ServiceAccountAnswer })
  @Refuses('not-found', 'read-model-behind')
  read(@Param('serviceId') serviceId: string, @At() at: Door) {
    return at.remembered(LIST, this.access, () => serviceAccountAnswer(this.accounts.find(at.workspaceId, serviceId)));
  }

  @Post(':serviceId/grant')
  @CommandRoute({ key: 'optional', of: 'the account' })
  @ApiOperation({ summary: 'Grant one permission, or another scope of it' })
  @ApiCreatedResponse({ type: ServiceAccountReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  grant(@Param('serviceId') serviceId: string, @Body() body: GrantBody, @At() at: Door) {
    return at.receipt(this.accounts.grant(serviceId, body as Grant, at.metadata, at.options), serviceAccountState);
  }

  @Post(':serviceId/withdraw')
  @CommandRoute({ key: 'optional', of: 'the account' })
  @ApiOperation({ summary: 'Take a permission away, with effect from the next request' })
  @ApiCreatedResponse({ type: ServiceAccountReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  withdraw(@Param('serviceId') serviceId: string, @Body() { permission }: WithdrawGrantBody, @At() at: Door) {
    return at.receipt(this.accounts.withdraw(serviceId, permission, at.metadata, at.options), serviceAccountState);
  }

  @Post(':serviceId/rotate-secret')
  @CommandRoute({ key: 'optional', of: 'the account' })
  @ApiOperation({ summary: 'A new client secret, shown once; the one before may be good for a while' })
  @ApiCreatedResponse({ type: ClientSecretReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  rotateSecret(
    @Param('serviceId') serviceId: string,
    @Body() { overlapMinutes = 0 }: RotateSecretBody,
    @At() at: Door,
  ) {
    return this.withSecret(at, this.accounts.rotateSecret(serviceId, overlapMinutes, at.metadata, at.options));
  }

  @Post(':serviceId/deactivate')
  @CommandRoute({ key: 'optional', of: 'the account' })
  @ApiOperation({ summary: 'End it for good: its secrets and its tokens are refused from now on' })
  @ApiCreatedResponse({ type: ServiceAccountReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  deactivate(@Param('serviceId') serviceId: string, @At() at: Door) {
    return at.receipt(this.accounts.deactivate(serviceId, at.metadata, at.options), serviceAccountState);
  }

  private async withSecret(at: Door, sent: Promise<WithSecret>) {
    const made = await sent;
    return at.receipt(Promise.resolve(made.outcome), serviceAccountState, clientOf(made));
  }
}
