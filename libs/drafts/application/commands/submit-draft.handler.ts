import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import { Directory } from '#libs/identity/application/directory';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { SealedAddresses } from '#libs/notifications/application/sealed-addresses';
import { StartReviewCommand } from '#libs/reviews/application/commands/start-review.handler';
import { DraftInvalid, type SubmitDraft, type SubmittedDraft } from '../../domain/draft.decider.js';
import type { Provenance } from '../../domain/draft.events.js';
import { draftKeyRef, DraftStreams } from '../draft-streams.js';

type StartReview = StartReviewCommand['data'];
/** What the review of the draft answers. */
export type DraftOutcome =
  StartReviewCommand extends Command<Outcome<infer Review>>
    ? Outcome<Review> & { readonly draftId: string; readonly reviewId: string }
    : never;

/** An assistant hands in a draft: a review of it begins. */
export class SubmitDraftCommand extends Command<DraftOutcome> {
  constructor(
    readonly data: StartReview & {
      readonly provenance: Provenance;
      /** Id of the person whose wish the draft is: a submitter of it like the assistant. */
      readonly requestedBy?: string;
      readonly callback?: Readonly<{ url: string; secret: string }>;
    },
    readonly metadata: CommandMetadata,
    readonly options: { readonly dryRun?: boolean } = {},
  ) {
    super();
  }
}

const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/**
 * The draft is recorded before its review, so that no outcome can come before it is known whom to tell. Whether the
 * review can begin is found out before both; when it is refused all the same, because another one was faster, the same
 * request can be sent again.
 */
@CommandHandler(SubmitDraftCommand)
export class SubmitDraftHandler implements ICommandHandler<SubmitDraftCommand> {
  constructor(
    private readonly drafts: DraftStreams,
    private readonly commands: CommandBus,
    private readonly addresses: SealedAddresses,
    private readonly directory: Directory,
  ) {}

  async execute({ data, metadata: asked, options }: SubmitDraftCommand): Promise<DraftOutcome> {
    const { provenance, callback, requestedBy, ...start } = data;
    const { type, id } = data.subject;
    const metadata = inTheNameOf(requestedBy, asked);
    const draftId = derivedId(metadata.commandId, 'draft', 0);
    const reviewId = derivedId(metadata.commandId, 'review', 0);
    if (callback) this.check(callback);
    const rehearsed = await this.commands.execute(new StartReviewCommand(start, metadata, { dryRun: true }));
    const subjectRef = subjectKeyRef(metadata.workspaceId, type, id);
    const requester = requestedBy && this.directory.snapshot(metadata.workspaceId).person(requestedBy);
    const submission: SubmitDraft = {
      type: 'SubmitDraft',
      data: { draftId, reviewId, subject: { type, id }, provenance, ...(requestedBy && { requestedBy }) },
      facts: { subjectRef, callback: null, ...(requester && { requester }) },
      metadata,
    };
    await this.drafts.handle(draftId, submission, { dryRun: true });
    if (options.dryRun) return { ...rehearsed, draftId, reviewId };
    const sealed = callback ? await this.seal(draftId, callback, metadata) : null;
    await this.drafts.handle(draftId, { ...submission, facts: { ...submission.facts, callback: sealed } });
    const outcome = await this.commands.execute(new StartReviewCommand(start, metadata));
    return { ...outcome, draftId, reviewId };
  }

  private check({ url, secret }: { url: string; secret: string }): void {
    this.addresses.check(url, '/callback/url');
    if (!SECRET.test(secret))
      throw new DraftInvalid('/callback/secret', 'bad-format', 'A secret is whsec_ and 24 to 64 bytes in base64.');
  }

  private async seal(
    draftId: string,
    { url, secret }: { url: string; secret: string },
    metadata: CommandMetadata,
  ): Promise<NonNullable<SubmittedDraft['callback']>> {
    const keeping = { keyRef: draftKeyRef(draftId), metadata, dryRun: false };
    const address = await this.addresses.keep(url, '/callback/url', keeping);
    return { ...address, secretId: await this.addresses.keepSecret(secret, keeping) };
  }
}

/** What an assistant does because a person wished it is done in that person's name. */
const inTheNameOf = (requestedBy: string | undefined, metadata: CommandMetadata): CommandMetadata =>
  requestedBy === undefined ? metadata : { ...metadata, actor: { ...metadata.actor, onBehalfOf: requestedBy } };
