import { DomainError } from '#libs/kernel/domain/domain-error';
import { definition, loan, manager, step } from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { CommentStreams } from './comment-streams.js';
import { AddCommentCommand, AddCommentHandler } from './commands/add-comment.handler.js';
import { DecideCommand } from './commands/decide.handler.js';
import { ReopenReviewCommand } from './commands/reopen-review.handler.js';
import { ResubmitCommand } from './commands/resubmit.handler.js';
import { StartReviewCommand } from './commands/start-review.handler.js';
import { WithdrawCommand } from './commands/withdraw.handler.js';
import { metadata, reviewRoom, roomOn, threeRooms } from './review-room.examples.js';

const twoOf = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const one = definition(step('check'));

type Room = ReturnType<typeof reviewRoom>;
const idOf = ({ state }: Awaited<ReturnType<Room['start']>>) => (state as StartedReview).reviewId;
const approve = (reviewId: string, by: string, key?: string, revision = 1) =>
  new DecideCommand({ reviewId, verdict: 'approve', reviewedRevision: revision }, metadata(by, key));
const codeOf = (reason: unknown) => (reason instanceof DomainError ? reason.code : String(reason));
const refusal = (promise: Promise<unknown>) => promise.then(() => 'accepted', codeOf);

describe('Reviews in the log', () => {
  it('64 parallel approvals of a 2-of-n step resolve it exactly once', async () => {
    const room = reviewRoom({ officers: 64 });
    const reviewId = idOf(await room.start(twoOf));
    const answers = await Promise.allSettled(
      Array.from({ length: 64 }, (_, n) => room.decide.execute(approve(reviewId, `off-${n + 1}`))),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as DomainError] : []));
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['step-resolved']));
    expect(refused[0]?.details).toMatchObject({ outcome: 'satisfied' });
    const types = (await room.streams.history(reviewId)).map(({ type }) => type);
    expect(types).toEqual([
      'ReviewStarted',
      'StepStarted',
      'DecisionRecorded',
      'DecisionRecorded',
      'StepCompleted',
      'StepStarted',
    ]);
  });

  it('approvals through several processes resolve a step exactly once, whatever the interleaving', async () => {
    const rooms = threeRooms({ officers: 8 });
    const [here] = rooms;
    const reviewId = idOf(await here.start(twoOf));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => refusal(rooms[n % 3]!.decide.execute(approve(reviewId, `off-${n + 1}`)))),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(2);
    expect(answers.filter((answer) => answer === 'step-resolved')).toHaveLength(6);
    const completed = (await here.streams.history(reviewId)).filter(({ type }) => type === 'StepCompleted');
    expect(completed).toHaveLength(1);
  });

  it('approve and reject at once give one outcome', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    const reject = new DecideCommand({ reviewId, verdict: 'reject', reviewedRevision: 1 }, metadata('bob'));
    await Promise.allSettled([room.decide.execute(approve(reviewId, 'ann')), room.decide.execute(reject)]);
    const ends = (await room.streams.history(reviewId)).filter(({ type }) => /^Review(Approved|Rejected)$/.test(type));
    expect(ends).toHaveLength(1);
  });

  it('50 parallel sendings of one request make one set of events and one receipt', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(twoOf));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => room.decide.execute(approve(reviewId, 'ann', 'one-key'))),
    );
    expect(new Set(answers.map(({ receipt }) => String(receipt.revision)))).toEqual(new Set(['2']));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await room.streams.history(reviewId)).toHaveLength(3);
  });

  it('the same request answers its original receipt, also after the end', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    const first = await room.decide.execute(approve(reviewId, 'ann', 'key'));
    const again = await room.decide.execute(approve(reviewId, 'ann', 'key'));
    expect(again).toMatchObject({ replayed: true, receipt: first.receipt, state: { status: 'approved' } });
    const other = new DecideCommand(
      { reviewId, verdict: 'reject', reviewedRevision: 1 },
      metadata('ann', 'key', 'other body'),
    );
    expect(await refusal(room.decide.execute(other))).toBe('idempotency-key-reused');
  });

  it('a start sent again makes one review, also when its workflow has been retired since', async () => {
    const room = reviewRoom();
    const first = await room.start(one, { key: 'start' });
    expect((await room.start(one, { key: 'start' })).receipt).toEqual(first.receipt);
    room.catalogue.workflows.clear();
    const subject = { type: 'loan', id: 'loan-1', title: 'A van', content: loan };
    const again = new StartReviewCommand({ workflow: one.key, subject }, metadata('olly', 'start'));
    expect(await room.starts.execute(again)).toMatchObject({ replayed: true, receipt: first.receipt });
    const fresh = new StartReviewCommand({ workflow: one.key, subject }, metadata('olly', 'another'));
    expect(await refusal(room.starts.execute(fresh))).toBe('not-found');
  });

  it('one subject has one open review under a workflow', async () => {
    const room = reviewRoom();
    const first = idOf(await room.start(one));
    await expect(room.start(one)).rejects.toMatchObject({ code: 'already-exists', details: { reviewId: first } });
    expect(await refusal(room.start(one, { subjectId: 'loan-2' }))).toBe('accepted');
    await room.withdraw.execute(new WithdrawCommand({ reviewId: first }, metadata('olly')));
    expect(await refusal(room.start(one))).toBe('accepted');
  });

  it('of parallel starts for one subject one wins', async () => {
    const room = reviewRoom();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refusal(room.start(one))));
    expect(answers.toSorted()).toEqual(['accepted', ...Array.from({ length: 9 }, () => 'already-exists')]);
  });

  it('an approved review opens again only while no other review of its subject is open', async () => {
    const room = reviewRoom();
    const first = idOf(await room.start(one));
    await room.decide.execute(approve(first, 'ann'));
    const second = idOf(await room.start(one));
    const revise = () => new ResubmitCommand({ reviewId: first, content: { amountMinor: '1' } }, metadata('olly'));
    await expect(room.resubmit.execute(revise())).rejects.toMatchObject({
      code: 'already-exists',
      details: { reviewId: second },
    });
    await room.withdraw.execute(new WithdrawCommand({ reviewId: second }, metadata('olly')));
    expect((await room.resubmit.execute(revise())).state.status).toBe('in_review');
    expect(await refusal(room.start(one))).toBe('already-exists');
  });

  it('a revision seen earlier is refused, a revision of the stream that has passed too', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(twoOf));
    await room.resubmit.execute(new ResubmitCommand({ reviewId, content: { amountMinor: '1' } }, metadata('olly')));
    expect(await refusal(room.decide.execute(approve(reviewId, 'ann')))).toBe('stale-review');
    const { data, metadata: who } = approve(reviewId, 'ann', undefined, 2);
    const old = new DecideCommand(data, who, { expectedRevision: 1n });
    expect(await refusal(room.decide.execute(old))).toBe('revision-mismatch');
  });

  it('a rehearsal records nothing', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    const { data, metadata: who } = approve(reviewId, 'ann');
    const { receipt, state } = await room.decide.execute(new DecideCommand(data, who, { dryRun: true }));
    expect(receipt.events.map(({ type }) => type)).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
    expect(state.status).toBe('approved');
    expect((await room.streams.load(reviewId)).state.status).toBe('in_review');
  });

  it('another workspace finds nothing', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    const { data } = approve(reviewId, 'ann');
    const foreign = new DecideCommand(data, metadata('ann', 'k', 'b', 'other'));
    expect(await refusal(room.decide.execute(foreign))).toBe('not-found');
    expect(await refusal(room.queries.load('other', reviewId))).toBe('not-found');
    const comment = new AddCommentCommand({ reviewId, text: 'Hello' }, metadata('ann', 'k2', 'b', 'other'));
    expect(await refusal(room.addComment.execute(comment))).toBe('not-found');
  });

  it('comment after the end: allowed; never touches the outcome', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    await room.decide.execute(approve(reviewId, 'ann'));
    const { receipt, state } = await room.addComment.execute(
      new AddCommentCommand({ reviewId, text: 'Called the client' }, metadata('vic')),
    );
    expect(receipt).toMatchObject({ stream: `comments-${reviewId}`, events: [{ type: 'CommentAdded' }] });
    expect(state.status).toBe('approved');
    expect((await room.streams.history(reviewId)).at(-1)?.type).toBe('ReviewApproved');
  });

  it('a comment made while the review ends shows it as ended, first and repeated', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    class Overtaken extends CommentStreams {
      override async handle(...order: Parameters<CommentStreams['handle']>) {
        await room.decide.execute(approve(reviewId, 'ann', 'meanwhile'));
        return super.handle(...order);
      }
    }
    const handler = new AddCommentHandler(room.streams, new Overtaken(room.store, room.codec));
    const comment = new AddCommentCommand({ reviewId, text: 'One moment' }, metadata('vic', 'said'));
    const first = await handler.execute(comment);
    const repeated = await room.addComment.execute(comment);
    expect([first.state.status, repeated.state.status]).toEqual(['approved', 'approved']);
    expect([first.replayed, repeated.replayed]).toEqual([false, true]);
    expect(repeated.receipt).toEqual(first.receipt);
  });

  it('a reopening and a start of the same subject at once give one open review', async () => {
    const room = reviewRoom();
    const first = idOf(await room.start(one));
    await room.decide.execute(
      new DecideCommand({ reviewId: first, verdict: 'reject', reviewedRevision: 1 }, metadata('ann')),
    );
    const may = { reassign: false, dismiss: false, override: true };
    const reopen = () =>
      room.reopen.execute(
        new ReopenReviewCommand({ reviewId: first, reason: 'Wrong register' }, metadata('ada'), { may }),
      );
    const answers = await Promise.all([refusal(room.start(one)), refusal(reopen()), refusal(room.start(one))]);
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'already-exists')).toHaveLength(2);
  });

  it('what was done on the strength of an approval keeps it from being revised and reopened', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one));
    await room.decide.execute(approve(reviewId, 'ann'));
    room.effects.done.set(reviewId, { what: 'LoanDisbursed', at: '2026-11-22T12:00:00.000Z' });
    const may = { reassign: false, dismiss: false, override: true };
    const reopen = new ReopenReviewCommand({ reviewId, reason: 'Wrong register' }, metadata('ada'), { may });
    const resubmit = new ResubmitCommand({ reviewId, content: { ...loan, term: 12 } }, metadata('olly'));
    expect(await refusal(room.reopen.execute(reopen))).toBe('invalid-state');
    expect(await refusal(room.resubmit.execute(resubmit))).toBe('invalid-state');
    room.effects.done.clear();
    expect(await refusal(room.reopen.execute(reopen))).toBe('accepted');
  });

  it('If-Match of a comment speaks of the review, and a comment sent again is answered whatever it says', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(twoOf));
    const comment = (expectedRevision: bigint, key: string) =>
      room.addComment.execute(
        new AddCommentCommand({ reviewId, text: 'Called' }, metadata('ann', key), { expectedRevision }),
      );
    await expect(comment(0n, 'first')).rejects.toMatchObject({
      code: 'revision-mismatch',
      details: { currentRevision: 1 },
    });
    const { receipt } = await comment(1n, 'second');
    await room.decide.execute(approve(reviewId, 'ann'));
    expect(await comment(1n, 'second')).toMatchObject({ replayed: true, receipt });
    expect(await refusal(comment(1n, 'third'))).toBe('revision-mismatch');
  });

  it('If-Match of a start speaks of the workflow', async () => {
    const room = reviewRoom();
    room.catalogue.workflows.set(one.key, one);
    const subject = { type: 'loan', id: 'loan-1', content: loan };
    const start = (expectedRevision: bigint) =>
      room.starts.execute(
        new StartReviewCommand({ workflow: one.key, subject }, metadata('olly'), { expectedRevision }),
      );
    expect(await refusal(start(0n))).toBe('revision-mismatch');
    expect(await refusal(start(1n))).toBe('accepted');
  });

  it('a fraction in the content is refused with its place and what to send', async () => {
    const room = reviewRoom();
    await expect(room.start(one, { content: { loan: { rate: 0.5 } } })).rejects.toMatchObject({
      code: 'validation-failed',
      details: { errors: [{ pointer: '/subject/content/loan/rate' }] },
    });
  });

  it('nothing personal is readable in the log, and after the key is destroyed nowhere', async () => {
    const room = reviewRoom();
    const reviewId = idOf(await room.start(one, { content: { name: 'Olly Baker' } }));
    await room.addComment.execute(new AddCommentCommand({ reviewId, text: 'Olly called' }, metadata('ann')));
    const { events } = await room.store.readAll({ after: 'start', limit: 100 });
    expect(JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(
      /Olly|A van/,
    );
    const { state } = await room.streams.load(reviewId);
    await room.keys.destroy((state as StartedReview).subjectRef);
    // What is erased is in the memory of those who have read it: erasure asks that they be stopped before.
    const later = roomOn(room.store, room.keys);
    const { review } = await later.queries.load('demo', reviewId);
    expect(review.revisions[0].content).toEqual({ $erased: true });
    expect(await refusal(later.decide.execute(approve(reviewId, 'ann')))).toBe('accepted');
  });
});
