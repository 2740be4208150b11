import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { decided, delegated, revoked, started } from './delegated-decisions.examples.js';
import { metadata, roomOn } from './review-room.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { ClearChangesCommand } from './commands/clear-changes.handler.js';
import { EscalateCommand } from './commands/escalate.handler.js';
import { RequestChangesCommand } from './commands/request-changes.handler.js';

/** A store that cannot check a stream without writing to it, as EventStoreDB. */
class WithoutChecks extends InMemoryEventStore {
  override readonly capabilities = {
    atomicMultiStream: true,
    checkOnlyStreams: false as boolean,
    gapless: true,
  } as never;
}

/** Two processes on one log; what each knows of delegations it knows when it is told to read on. */
function twoRooms(store = new InMemoryEventStore()) {
  const keys = new InMemorySubjectKeys();
  return [roomOn(store, keys), roomOn(store, keys)] as const;
}

describe('A decision under a delegation', () => {
  it('is refused when the delegation has ended elsewhere, although nobody has told this process', async () => {
    const [here, there] = twoRooms();
    const reviewId = await started(here);
    const grant = await delegated(there);
    await here.book.current();
    await revoked(there, grant);
    expect(await decided(here, reviewId)).toBe('not-eligible');
  });

  it('is decided again, and recorded, when another delegation of the same person has changed', async () => {
    const [here, there] = twoRooms();
    const reviewId = await started(here);
    await delegated(there);
    await here.book.current();
    await delegated(there, 'ann', 'mel');
    expect(await decided(here, reviewId)).toBe('recorded');
    const { state } = await here.streams.load(reviewId);
    expect(state).toMatchObject({ decisions: [{ actorId: 'mia', onBehalfOf: 'ann', delegationPath: ['ann'] }] });
    const last = (await here.streams.history(reviewId)).at(-1)!;
    expect(last.actor).toMatchObject({ id: 'mia', onBehalfOf: 'ann' });
    expect(last.data).toMatchObject({ evidence: { delegationRevision: 'delegation-ann@1' } });
  });

  it('relies on every hand that the right has passed', async () => {
    const [here, there] = twoRooms();
    const reviewId = await started(here);
    await delegated(there, 'ann', 'mel');
    const passedOn = await delegated(there, 'mel', 'mia');
    await here.book.current();
    await revoked(there, passedOn, 'mel');
    expect(await decided(here, reviewId)).toBe('not-eligible');
  });

  it('so is an escalation, and the clearing of what was asked for', async () => {
    const [here, there] = twoRooms();
    const reviewId = await started(here);
    const asking = { reviewId, reviewedRevision: 1, items: [{ text: 'Sign page 4' }] };
    const { state } = await here.requestChanges.execute(new RequestChangesCommand(asking, metadata('ann')));
    const items = (state as StartedReview).changeRequests[0]!.items.map(({ itemId }) => itemId);
    const grant = await delegated(there);
    await here.book.current();
    await revoked(there, grant);
    const clearing = here.orders.send('ClearChanges', new ClearChangesCommand({ reviewId, items }, metadata('mia')));
    await expect(clearing).rejects.toMatchObject({ code: 'not-eligible' });

    const other = await started(here, 'loan-2');
    const again = await delegated(there);
    await here.book.current();
    await revoked(there, again);
    const reminder = { reviewId: other, reason: 'It is late', to: { user: 'max' } };
    const escalating = here.escalate.execute(new EscalateCommand(reminder, metadata('mia')));
    await expect(escalating).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('on a store that cannot check is refused once the end has been read', async () => {
    const [here, there] = twoRooms(new WithoutChecks());
    const [before, after] = [await started(here, 'loan-1'), await started(here, 'loan-2')];
    const grant = await delegated(there);
    await here.book.current();
    await revoked(there, grant);
    expect(await decided(here, before)).toBe('recorded');
    await here.book.current();
    expect(await decided(here, after)).toBe('not-eligible');
  });

  it('in one’s own name relies on none', async () => {
    const [here, there] = twoRooms();
    const reviewId = await started(here);
    await delegated(there);
    expect(await decided(here, reviewId, 'max')).toBe('recorded');
  });
});

describe('Two people who delegate to each other at once', () => {
  it('do not both succeed', async () => {
    const [here, there] = twoRooms();
    const until = '2026-12-01T00:00:00.000Z';
    const attempts = [
      here.delegate.execute(new CreateDelegationCommand({ delegate: 'bob', until }, metadata('ann'))),
      there.delegate.execute(new CreateDelegationCommand({ delegate: 'ann', until }, metadata('bob'))),
    ];
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'fulfilled',
      'rejected',
    ]);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toBeInstanceOf(DomainError);
    expect(refused?.reason).toMatchObject({ code: 'validation-failed', details: { errors: [{ code: 'cycle' }] } });
  });
});
