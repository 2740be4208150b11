import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ReadModelBehind } from '#libs/processing/application/wait-gate';
import { StartReviewCommand } from '#libs/reviews/application/commands/start-review.handler';
import { receiptState } from '#libs/reviews/domain/views/receipt-state';
import { CreateWorkflowCommand } from '#libs/workflows/application/commands/create-workflow.handler';
import { PublishWorkflowCommand } from '#libs/workflows/application/commands/publish-workflow.handler';
import { ReplaceDraftCommand } from '#libs/workflows/application/commands/replace-draft.handler';
import { RetireWorkflowCommand } from '#libs/workflows/application/commands/retire-workflow.handler';
import { DefinitionWarnings } from '#libs/workflows/application/definition-warnings';
import { WorkflowQueries } from '#libs/workflows/application/queries/workflow-queries';
import { isKnown, type Workflow } from '#libs/workflows/domain/workflow.state';
import { WorkflowList } from '#libs/workflows/infrastructure/read-models/workflow-list/workflow-list.query';
import { StartedReceiptAnswer, WorkflowReceiptAnswer } from '../http/answers.dto.js';
import { At, Door } from '../http/door.js';
import { wholeNumber } from '../http/ids.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { started } from '../reviews/review.presenter.js';
import {
  DefinitionCheckAnswer,
  DraftBody,
  PublishedReceiptAnswer,
  StartBody,
  VersionAnswer,
  VersionDiffAnswer,
  VersionsAnswer,
  VersionsQuery,
  WorkflowAnswer,
  WorkflowBody,
  WorkflowsAnswer,
} from './workflow.dto.js';
import { named, published, renamed, workflowState } from './workflow.presenter.js';

@ApiTags('Workflows')
@Controller('workflows')
export class WorkflowsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: WorkflowQueries,
    private readonly workflows: WorkflowList,
    private readonly warnings: DefinitionWarnings,
  ) {}

  @Get()
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The workflows of the workspace, by key' })
  @ApiOkResponse({ type: WorkflowsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: PageQuery, @At() at: Door) {
    return at.eventual('workflows', () => this.workflows.list({ ...query, workspaceId: at.workspaceId }));
  }

  @Post()
  @Requires('workflow:manage')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Create a workflow as a draft' })
  @ApiCreatedResponse({ type: WorkflowReceiptAnswer })
  @Refuses('definition-invalid', 'already-exists', 'idempotency-key-reused')
  create(@Body() definition: WorkflowBody, @At() at: Door) {
    const command = new CreateWorkflowCommand({ definition }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), workflowState, named);
  }

  @Post('validate')
  @HttpCode(HttpStatus.OK)
  @Requires('workflow:manage')
  @ApiOperation({ summary: 'Check a definition without saving it' })
  @ApiOkResponse({ type: DefinitionCheckAnswer })
  validate(@Body() definition: WorkflowBody, @At() at: Door) {
    return this.queries.check(at.workspaceId, definition);
  }

  @Get(':workflowId')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'One workflow with its draft' })
  @ApiOkResponse({ type: WorkflowAnswer })
  @Refuses('not-found')
  read(@Param('workflowId') workflowId: string, @At() at: Door) {
    return at.strong(this.queries.detail(at.workspaceId, workflowId));
  }

  @Put(':workflowId/draft')
  @Requires('workflow:manage')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Replace the draft; what is published stays as it is' })
  @ApiCreatedResponse({ type: WorkflowReceiptAnswer })
  @Refuses('not-found', 'definition-invalid', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused')
  replaceDraft(@Param('workflowId') workflowId: string, @Body() definition: DraftBody, @At() at: Door) {
    const command = new ReplaceDraftCommand({ workflowId, definition }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), workflowState, renamed);
  }

  @Post(':workflowId/publish')
  @Requires('workflow:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Publish the draft as the next version, immutable from then on' })
  @ApiCreatedResponse({ type: PublishedReceiptAnswer })
  @Refuses('not-found', 'definition-invalid', 'invalid-state', 'revision-mismatch')
  async publish(@Param('workflowId') workflowId: string, @At() at: Door) {
    const command = new PublishWorkflowCommand({ workflowId }, at.metadata, at.options);
    const running = await this.running(at, workflowId);
    const outcome = await this.commands.execute(command);
    const warnings = await this.warned(at, outcome.state);
    return at.receipt(Promise.resolve(outcome), workflowState, published(running, warnings));
  }

  @Post(':workflowId/retire')
  @Requires('workflow:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Let no further review start under it; those that run go on' })
  @ApiCreatedResponse({ type: WorkflowReceiptAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch')
  retire(@Param('workflowId') workflowId: string, @At() at: Door) {
    const command = new RetireWorkflowCommand({ workflowId }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), workflowState, renamed);
  }

  @Post(':workflowId/start')
  @Requires('review:start')
  @CommandRoute({ key: 'required', of: 'the workflow' })
  @ApiOperation({ summary: 'Start a review of a subject under the newest published version (id or key)' })
  @ApiCreatedResponse({ type: StartedReceiptAnswer })
  @Refuses(
    'not-found',
    'invalid-state',
    'already-exists',
    'payload-too-large',
    'revision-mismatch',
    'idempotency-key-reused',
  )
  start(@Param('workflowId') workflow: string, @Body() body: StartBody, @At() at: Door) {
    const command = new StartReviewCommand({ workflow, ...(body as never as StartOrder) }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), receiptState, started);
  }

  @Get(':workflowId/versions')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The published versions, newest first' })
  @ApiOkResponse({ type: VersionsAnswer })
  @Refuses('not-found')
  versions(@Param('workflowId') workflowId: string, @At() at: Door) {
    return at.strong(this.queries.versions(at.workspaceId, workflowId));
  }

  @Get(':workflowId/versions/:version')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'One published version' })
  @ApiOkResponse({ type: VersionAnswer })
  @Refuses('not-found')
  version(@Param('workflowId') workflowId: string, @Param('version') version: string, @At() at: Door) {
    return at.strong(this.queries.version(at.workspaceId, workflowId, wholeNumber(version)));
  }

  @Get(':workflowId/diff')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'What changed between two published versions' })
  @ApiOkResponse({ type: VersionDiffAnswer })
  @Refuses('invalid-parameter', 'not-found')
  diff(@Param('workflowId') workflowId: string, @Query() { from, to }: VersionsQuery, @At() at: Door) {
    return at.strong(this.queries.diff(at.workspaceId, workflowId, from, to));
  }

  /** Of people and roles that the published version names. */
  private async warned(at: Door, workflow: Workflow) {
    const version = isKnown(workflow) ? workflow.versions.at(-1) : undefined;
    return version ? this.warnings.ofParties(at.workspaceId, version.definition) : [];
  }

  /** Null while it cannot be counted: publishing does not wait for that. */
  private async running(at: Door, workflowId: string) {
    try {
      return await this.workflows.running(at.workspaceId, workflowId);
    } catch (refusal) {
      if (refusal instanceof ReadModelBehind) return null;
      throw refusal;
    }
  }
}

/** What the checked body is: content has passed for JSON with integers. */
type StartOrder = Omit<ConstructorParameters<typeof StartReviewCommand>[0], 'workflow'>;
