import { Body, Controller, Get, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangeWebhookCommand } from '#libs/notifications/application/commands/change-webhook.handler';
import { RegisterWebhookCommand } from '#libs/notifications/application/commands/register-webhook.handler';
import { ReplayWebhookCommand } from '#libs/notifications/application/commands/replay-webhook.handler';
import { RotateWebhookSecretCommand } from '#libs/notifications/application/commands/rotate-webhook-secret.handler';
import {
  ActivateWebhookCommand,
  DeactivateWebhookCommand,
} from '#libs/notifications/application/commands/switch-webhook.handlers';
import type { WebhookBusCommand } from '#libs/notifications/application/commands/webhook-bus-command';
import type { DeliveryState } from '#libs/notifications/application/deliveries';
import { WebhookQueries } from '#libs/notifications/application/webhook-queries';
import { WebhookList } from '#libs/notifications/infrastructure/read-models/webhook-list/webhook-list.query';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import {
  ChangeWebhookBody,
  DeactivateWebhookBody,
  DeliveriesAnswer,
  DeliveriesQuery,
  DeliveryAnswer,
  RegisterWebhookBody,
  ReplayWebhookBody,
  WebhookAnswer,
  WebhookReceiptAnswer,
  WebhooksAnswer,
  WebhookSecretReceiptAnswer,
} from './webhook.dto.js';
import { changedWebhook, madeWebhook, webhookState } from './webhook.presenter.js';

@ApiTags('Webhooks')
@Controller('webhooks')
@Requires('webhook:manage')
export class WebhooksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: WebhookQueries,
    private readonly webhooks: WebhookList,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The webhooks of the workspace, oldest first' })
  @ApiOkResponse({ type: WebhooksAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: PageQuery, @At() at: Door) {
    return at.eventual('notifications', () => this.webhooks.list({ ...query, workspaceId: at.workspaceId }));
  }

  @Post()
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Register a webhook; its secret is in this answer and nowhere else' })
  @ApiCreatedResponse({ type: WebhookSecretReceiptAnswer })
  @Refuses('validation-failed', 'invalid-state', 'read-model-behind', 'idempotency-key-reused')
  register(@Body() body: RegisterWebhookBody, @At() at: Door) {
    return this.withSecret(at, new RegisterWebhookCommand(body, at.metadata, at.options));
  }

  @Get(':webhookId')
  @ApiOperation({ summary: 'One webhook' })
  @ApiOkResponse({ type: WebhookAnswer })
  @Refuses('not-found')
  read(@Param('webhookId') webhookId: string, @At() at: Door) {
    return at.strong(this.queries.detail(at.workspaceId, webhookId));
  }

  @Patch(':webhookId')
  @CommandRoute({ key: 'optional', of: 'the webhook', ifMatch: 'required' })
  @ApiOperation({ summary: 'Change name, address or events' })
  @ApiCreatedResponse({ type: WebhookReceiptAnswer })
  @Refuses('not-found', 'validation-failed', 'revision-mismatch', 'precondition-required', 'idempotency-key-reused')
  change(@Param('webhookId') webhookId: string, @Body() body: ChangeWebhookBody, @At() at: Door) {
    return this.send(at, new ChangeWebhookCommand({ webhookId, ...body }, at.metadata, at.options));
  }

  @Post(':webhookId/rotate-secret')
  @CommandRoute({ key: 'optional', of: 'the webhook' })
  @ApiOperation({ summary: 'A new secret, shown once; for a day messages are signed with both' })
  @ApiCreatedResponse({ type: WebhookSecretReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  rotateSecret(@Param('webhookId') webhookId: string, @At() at: Door) {
    return this.withSecret(at, new RotateWebhookSecretCommand({ webhookId }, at.metadata, at.options));
  }

  @Post(':webhookId/deactivate')
  @CommandRoute({ key: 'optional', of: 'the webhook' })
  @ApiOperation({ summary: 'Send it nothing more; what happens meanwhile can be replayed later' })
  @ApiCreatedResponse({ type: WebhookReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  deactivate(@Param('webhookId') webhookId: string, @Body() body: DeactivateWebhookBody, @At() at: Door) {
    return this.send(at, new DeactivateWebhookCommand({ webhookId, ...body }, at.metadata, at.options));
  }

  @Post(':webhookId/activate')
  @CommandRoute({ key: 'optional', of: 'the webhook' })
  @ApiOperation({ summary: 'Send it messages again' })
  @ApiCreatedResponse({ type: WebhookReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'read-model-behind', 'revision-mismatch', 'idempotency-key-reused')
  activate(@Param('webhookId') webhookId: string, @At() at: Door) {
    return this.send(at, new ActivateWebhookCommand({ webhookId }, at.metadata, at.options));
  }

  @Post(':webhookId/replay')
  @CommandRoute({ key: 'optional', of: 'the webhook' })
  @ApiOperation({ summary: 'Send again what was recorded after a position, under the same webhook-ids' })
  @ApiCreatedResponse({ type: WebhookReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  replay(@Param('webhookId') webhookId: string, @Body() body: ReplayWebhookBody, @At() at: Door) {
    return this.send(at, new ReplayWebhookCommand({ webhookId, ...body }, at.metadata, at.options));
  }

  @Get(':webhookId/deliveries')
  @ApiOperation({ summary: 'Its messages and what became of them, newest first' })
  @ApiOkResponse({ type: DeliveriesAnswer })
  @Refuses('not-found', 'unknown-parameter', 'invalid-parameter', 'invalid-cursor')
  deliveries(@Param('webhookId') webhookId: string, @Query() query: DeliveriesQuery, @At() at: Door) {
    const { limit, cursor, state } = query;
    const states = listed(state) as readonly DeliveryState[] | undefined;
    return this.queries.deliveries(at.workspaceId, webhookId, { limit, cursor, states });
  }

  @Get(':webhookId/deliveries/:deliveryId')
  @ApiOperation({ summary: 'One message with all its attempts' })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Refuses('not-found')
  delivery(@Param('webhookId') webhookId: string, @Param('deliveryId') deliveryId: string, @At() at: Door) {
    return this.queries.delivery(at.workspaceId, webhookId, deliveryId);
  }

  @Post(':webhookId/deliveries/:deliveryId/retry')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Try a message again now, also one that was given up' })
  @ApiOkResponse({ type: DeliveryAnswer })
  @Refuses('not-found')
  retry(@Param('webhookId') webhookId: string, @Param('deliveryId') deliveryId: string, @At() at: Door) {
    return this.queries.retry(at.workspaceId, webhookId, deliveryId);
  }

  private send<Data extends object>(at: Door, command: WebhookBusCommand<Data>) {
    return at.receipt(this.commands.execute(command), webhookState, changedWebhook);
  }

  private async withSecret<Data extends object>(at: Door, command: WebhookBusCommand<Data>) {
    const outcome = await this.commands.execute(command);
    return at.receipt(Promise.resolve(outcome), webhookState, madeWebhook(outcome.secret));
  }
}
