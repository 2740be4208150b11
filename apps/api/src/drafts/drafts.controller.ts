import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SubmitDraftCommand } from '#libs/drafts/application/commands/submit-draft.handler';
import { DraftQueries } from '#libs/drafts/application/draft-queries';
import { DraftList } from '#libs/drafts/infrastructure/read-models/draft-list/draft-list.query';
import { ResubmitCommand } from '#libs/reviews/application/commands/resubmit.handler';
import { receiptState } from '#libs/reviews/domain/views/receipt-state';
import { listed } from '../http/dto.js';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ReviewDesk } from '../reviews/review-desk.js';
import {
  DraftAnswer,
  DraftReceiptAnswer,
  DraftsAnswer,
  DraftsQuery,
  EditDraftBody,
  SubmitDraftBody,
} from './draft.dto.js';
import { draftView } from './draft.presenter.js';

@ApiTags('Drafts')
@Controller('drafts')
export class DraftsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly drafts: DraftQueries,
    private readonly draftList: DraftList,
    private readonly desk: ReviewDesk,
  ) {}

  @Post()
  @Requires('draft:submit')
  @CommandRoute({ key: 'required', of: 'the workflow' })
  @ApiOperation({ summary: 'Hand in a draft: a review of it begins (assistants)' })
  @ApiCreatedResponse({ type: DraftReceiptAnswer })
  @Refuses(
    'validation-failed',
    'not-found',
    'invalid-state',
    'already-exists',
    'payload-too-large',
    'idempotency-key-reused',
  )
  async submit(@Body() body: SubmitDraftBody, @At() at: Door) {
    const outcome = await this.commands.execute(new SubmitDraftCommand(draftOf(body), at.metadata, at.options));
    const { draftId, reviewId } = outcome;
    const beside = () => ({ body: { draftId, reviewId }, location: `/api/v1/drafts/${draftId}` });
    return at.receipt(Promise.resolve(outcome), receiptState, beside);
  }

  @Get()
  @Requires('draft:read')
  @ApiOperation({ summary: 'Drafts that the caller may see, with how their reviews stand; newest first' })
  @ApiOkResponse({ type: DraftsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() { status, assistant, workflow, ...page }: DraftsQuery, @At() at: Door) {
    const filters = { status: listed(status), assistant: listed(assistant), workflow: listed(workflow) };
    return at.eventual('core', () =>
      this.draftList.list({ ...page, ...filters, access: this.desk.access(at, 'draft:read') }),
    );
  }

  @Get(':draftId')
  @Requires('draft:read')
  @ApiOperation({
    summary: 'A draft, who changed it, and what differs from what was handed in; ETag: that of its review',
  })
  @ApiOkResponse({ type: DraftAnswer })
  @Refuses('not-found')
  async read(@Param('draftId') draftId: string, @At() at: Door) {
    const draft = await this.drafts.find(at.workspaceId, draftId);
    const seen = this.desk.visible(at, draft.reviewId, {}, 'draft:read');
    return at.strong(seen.then(({ review, revision }) => ({ view: draftView(draft, review), revision })));
  }

  @Patch(':draftId')
  @Requires('draft:edit')
  @CommandRoute({ key: 'optional', of: 'its review', ifMatch: 'required' })
  @ApiOperation({ summary: 'Change a draft: the next revision of its subject; whoever edits does not decide on it' })
  @ApiCreatedResponse({ type: DraftReceiptAnswer })
  @Refuses(
    'not-found',
    'precondition-required',
    'revision-mismatch',
    'step-resolved',
    'invalid-state',
    'not-eligible',
    'payload-too-large',
    'idempotency-key-reused',
  )
  async edit(@Param('draftId') draftId: string, @Body() body: EditDraftBody, @At() at: Door) {
    const { reviewId } = await this.drafts.find(at.workspaceId, draftId);
    await this.desk.visible(at, reviewId, {}, 'draft:edit');
    const data = { reviewId, ...body } as ConstructorParameters<typeof ResubmitCommand>[0];
    const order = new ResubmitCommand(data, at.metadata, { ...at.options, editsDraft: true });
    return at.receipt(this.commands.execute(order), receiptState, () => ({ body: { draftId, reviewId } }));
  }
}

/** What the checked body is: content has passed for JSON with integers. */
function draftOf({ provenance, ...rest }: SubmitDraftBody): ConstructorParameters<typeof SubmitDraftCommand>[0] {
  const { model, promptHash = null, generatedAt = null, sources = [] } = provenance;
  const found = sources.map(({ ref, sha256 = null }) => ({ ref, sha256 }));
  return { ...(rest as never as StartOrder), provenance: { model, promptHash, generatedAt, sources: found } };
}

type StartOrder = Omit<ConstructorParameters<typeof SubmitDraftCommand>[0], 'provenance'>;
