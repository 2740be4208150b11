import { CommandBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { DeactivateUserCommand, RevokeRoleCommand } from '#libs/identity/application/commands/change-user.handlers';
import type { Role } from '#libs/identity/domain/permissions';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';
import { copied, walkThrough } from './guide.examples.js';

interface AssignmentLine {
  readonly id: string;
  readonly type: string;
  readonly ref: string;
  readonly state: string;
  readonly claimedBy: string | null;
}

/** Who is asked on a step, and what those who were asked have said, over HTTP. */
describe('seats over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
    for (const [name, role] of [
      ['officer3', 'officer'],
      ['officer4', 'officer'],
      ['manager3', 'manager'],
    ] as const)
      await api.register(name, role, 'demo');
  });
  afterAll(() => api.stop());

  const id = (name: string) => api.ids.get(name)!;
  const userStep = (key: string, names: readonly string[], more: object = {}) => ({
    key,
    assignees: names.map((name) => ({ type: 'USER', id: id(name) })),
    ...('rule' in more ? {} : { requiredApprovals: names.length }),
    ...more,
  });
  const begun = async (...steps: object[]) => startedReview(api, await publishedWorkflow(api, steps));
  const decide = (reviewId: string, as: string, verdict = 'approve', more: object = {}) =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict, reviewedRevision: 1, ...more });
  const act = (reviewId: string, verb: string, as: string, body: object, more = {}) =>
    api.post(`/reviews/${reviewId}/${verb}`, as, body, more);
  const steps = async (reviewId: string) => (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps;
  const seats = async (reviewId: string, step = 0): Promise<readonly AssignmentLine[]> =>
    (await steps(reviewId))[step].assignments;
  const types = ({ body }: { body: { events: { type: string }[] } }) => body.events.map(({ type }) => type);
  const eventTypes = async (reviewId: string) =>
    (await api.get(`/reviews/${reviewId}/events`, 'admin')).body.data.map(({ type }: { type: string }) => type);

  const bySystem = () => {
    const commandId = randomUUID();
    return {
      commandId,
      commandHash: '',
      workspaceId: 'demo',
      correlationId: commandId,
      causationId: commandId,
      now: new Date().toISOString(),
      actor: { id: 'system', kind: 'system', roles: [] } as const,
    };
  };
  const until = async <T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const seen = await look();
      if (isThere(seen) || tries > 200) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('unanimous step with a transferred assignment: the new holder’s approval fills it', async () => {
    const reviewId = await begun(userStep('all', ['officer2', 'manager'], { rule: { all: true } }));
    const [first] = await seats(reviewId);
    const moved = await act(reviewId, 'reassign', 'admin', {
      assignmentId: first!.id,
      to: id('officer3'),
      reason: 'On leave',
    });
    expect([moved.status, types(moved)]).toEqual([201, ['AssignmentTransferred']]);
    expect((await seats(reviewId)).map(({ ref, state }) => [ref, state])).toEqual([
      [id('officer2'), 'transferred'],
      [id('manager'), 'open'],
      [id('officer3'), 'open'],
    ]);
    const late = await decide(reviewId, 'officer2');
    expect([late.status, late.body.code]).toEqual([409, 'assignment-transferred']);
    expect((await decide(reviewId, 'manager')).body.state.status).toBe('in_review');
    const last = await decide(reviewId, 'officer3');
    expect([last.status, last.body.state.status]).toEqual([201, 'approved']);
    expect(types(last)).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
  });

  it('reassign to someone who has already decided: 409', async () => {
    const reviewId = await begun(userStep('both', ['officer2', 'manager']));
    await decide(reviewId, 'manager');
    const [first] = await seats(reviewId);
    const refused = await act(reviewId, 'reassign', 'admin', {
      assignmentId: first!.id,
      to: id('manager'),
      reason: 'On leave',
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'person-already-counted']);
  });

  it('nobody whose roles let decide on nothing is given an assignment', async () => {
    const reviewId = await begun(userStep('sign', ['manager']));
    const [seat] = await seats(reviewId);
    const body = { assignmentId: seat!.id, to: id('viewer'), reason: 'why' };
    expect((await act(reviewId, 'reassign', 'admin', body)).body).toMatchObject({ status: 403, code: 'not-eligible' });
    const more = { step: 'sign', to: { user: id('auditor') }, reason: 'why' };
    expect((await act(reviewId, 'add-approver', 'admin', more)).body.code).toBe('not-eligible');
  });

  it('reassigning is refused for the submitter, for people without the role, without a permission and without a reason', async () => {
    const reviewId = await begun(roleStep('one', 'officer', 2));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    const refusal = async (as: string, body: object) => {
      const { status, body: problem } = await act(reviewId, 'reassign', as, { assignmentId, reason: 'why', ...body });
      return [status, problem.code];
    };
    expect(await refusal('admin', { to: id('officer') })).toEqual([403, 'four-eyes']);
    expect(await refusal('admin', { to: id('manager') })).toEqual([403, 'not-eligible']);
    expect(await refusal('admin', { to: 'nobody' })).toEqual([403, 'not-eligible']);
    expect(await refusal('officer2', { to: id('officer3') })).toEqual([403, 'forbidden']);
    expect(await refusal('admin', { to: id('officer3'), reason: ' ' })).toEqual([422, 'reason-required']);
    expect(await refusal('admin', { to: id('officer3'), assignmentId: 'none' })).toEqual([422, 'validation-failed']);
  });

  it('commands on seats keep the rules of every command: key, If-Match, dry run', async () => {
    const reviewId = await begun(roleStep('one', 'officer', 2));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    const body = { assignmentId, to: id('officer3'), reason: 'On leave' };
    const rehearsed = await act(reviewId, 'reassign?dryRun=true', 'admin', body);
    expect([rehearsed.status, rehearsed.body.events[0].data.successor.ref]).toEqual([200, id('officer3')]);
    const stale = await act(reviewId, 'reassign', 'admin', body, { headers: { 'if-match': '"99"' } });
    expect([stale.status, stale.body.code]).toEqual([412, 'revision-mismatch']);
    const key = randomUUID();
    const first = await act(reviewId, 'reassign', 'admin', body, { key, headers: { 'if-match': '"1"' } });
    const again = await act(reviewId, 'reassign', 'admin', body, { key });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await act(reviewId, 'reassign', 'admin', { ...body, to: id('officer2') }, { key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });

  it('claim: one of many wins, deciding needs none, releasing gives it to others', async () => {
    const reviewId = await begun(roleStep('one', 'officer'));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    const people = ['officer2', 'officer3', 'officer4'];
    const tried = await Promise.all(people.map((name) => act(reviewId, 'claim', name, { assignmentId })));
    expect(tried.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const winner = people[tried.findIndex(({ status }) => status === 201)]!;
    const other = people.find((name) => name !== winner)!;
    expect(await seats(reviewId)).toMatchObject([{ state: 'claimed', claimedBy: id(winner) }]);
    expect((await decide(reviewId, other)).body).toMatchObject({
      status: 409,
      code: 'assignment-filled',
      by: id(winner),
    });
    expect((await act(reviewId, 'release', other, { assignmentId })).body).toMatchObject({ code: 'not-eligible' });
    expect(types(await act(reviewId, 'release', winner, { assignmentId }))).toEqual(['AssignmentReleased']);
    expect(await seats(reviewId)).toMatchObject([{ state: 'open', claimedBy: null }]);
    expect((await decide(reviewId, other)).body.state.status).toBe('approved');
  });

  it('claim: stands in the inbox of its holder alone, until it is released or taken over', async () => {
    const reviewId = await begun(roleStep('one', 'manager'));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    const claimed = await act(reviewId, 'claim', 'manager', { assignmentId });
    expect(claimed.status).toBe(201);
    const inboxOf = async (as: string) => {
      const { body } = await api.get('/inbox?limit=100', as, { 'consistency-token': api.token() });
      return body.data.some((row: { reviewId: string }) => row.reviewId === reviewId);
    };
    expect([await inboxOf('manager'), await inboxOf('manager2')]).toEqual([true, false]);
    const noReason = await act(reviewId, 'take-over', 'manager2', { assignmentId, reason: '' });
    expect([noReason.status, noReason.body.code]).toEqual([422, 'reason-required']);
    const taken = await act(reviewId, 'take-over', 'manager2', { assignmentId, reason: 'Went home' });
    expect([taken.status, types(taken)]).toEqual([201, ['AssignmentReleased', 'AssignmentClaimed']]);
    expect([await inboxOf('manager'), await inboxOf('manager2')]).toEqual([false, true]);
    expect((await decide(reviewId, 'manager2')).body.state.status).toBe('approved');
  });

  it('claim: ends by itself when its lease is over', async () => {
    const lease = { claimLease: { value: 0, unit: 'WALL_HOUR' } };
    const reviewId = await begun(roleStep('one', 'officer', 1, lease));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    expect(types(await act(reviewId, 'claim', 'officer2', { assignmentId }))).toEqual(['AssignmentClaimed']);
    await api.post('/reviews/escalate', 'admin');
    expect(await eventTypes(reviewId)).toEqual([
      'ReviewStarted',
      'StepStarted',
      'AssignmentClaimed',
      'AssignmentReleased',
    ]);
    expect(await seats(reviewId)).toMatchObject([{ state: 'open', claimedBy: null }]);
    const released = (await api.get(`/reviews/${reviewId}/events`, 'admin')).body.data.at(-1);
    expect(released).toMatchObject({ actor: { id: 'system:timer', kind: 'system' }, data: { how: 'expired' } });
  });

  it('each person is offered what would be taken', async () => {
    const reviewId = await begun(
      roleStep('one', 'officer', 2, { assignees: [{ type: 'ROLE', id: 'officer', seats: 3 }] }),
    );
    await decide(reviewId, 'officer2');
    const offered = async (as: string) => {
      const { body } = await api.get(`/reviews/${reviewId}/actions`, as);
      return body.actions.flatMap((it: { action: string; allowed: boolean }) => (it.allowed ? [it.action] : []));
    };
    expect(await offered('officer2')).toEqual(expect.arrayContaining(['change-decision', 'rescind']));
    expect(await offered('officer3')).toEqual(expect.arrayContaining(['claim', 'recuse']));
    expect(await offered('officer3')).not.toContain('rescind');
    expect(await offered('admin')).toEqual(expect.arrayContaining(['reassign', 'add-approver']));
    expect(await offered('officer3')).not.toContain('reassign');
  });

  it('add-approver: where all have to agree, one more has to', async () => {
    const reviewId = await begun(userStep('all', ['officer2'], { rule: { all: true } }));
    const to = { user: id('manager') };
    const added = await act(reviewId, 'add-approver', 'admin', { step: 'all', to, reason: 'A large one' });
    expect([added.status, types(added)]).toEqual([201, ['AssignmentAdded']]);
    expect((await act(reviewId, 'add-approver', 'admin', { step: 'all', to, reason: 'A large one' })).status).toBe(200);
    expect((await decide(reviewId, 'officer2')).body.state.status).toBe('in_review');
    expect((await decide(reviewId, 'manager')).body.state.status).toBe('approved');
    const late = await act(reviewId, 'add-approver', 'admin', { step: 'all', to, reason: 'A large one' });
    expect([late.status, late.body.code]).toEqual([409, 'step-resolved']);
  });

  it('recuse: steps back, and somebody else is asked in the place', async () => {
    const reviewId = await begun(userStep('one', ['officer2']));
    const [{ id: assignmentId }] = (await seats(reviewId)) as [AssignmentLine];
    const recused = await act(reviewId, 'recuse', 'officer2', { assignmentId, reason: 'My cousin' });
    expect([recused.status, types(recused)]).toEqual([201, ['AssignmentVoided', 'AssignmentAdded']]);
    expect((await seats(reviewId)).map(({ type, ref, state }) => [type, ref, state])).toEqual([
      ['USER', id('officer2'), 'void'],
      ['ROLE', 'admin', 'open'],
    ]);
    expect((await decide(reviewId, 'officer2')).body.code).toBe('four-eyes');
    expect((await decide(reviewId, 'admin')).body.state.status).toBe('approved');
  });

  it('change-decision and rescind: one’s own, until the step is resolved', async () => {
    const reviewId = await begun(
      roleStep('one', 'officer', 2, { assignees: [{ type: 'ROLE', id: 'officer', seats: 3 }] }),
    );
    await decide(reviewId, 'officer2');
    const decisionId = (await steps(reviewId))[0].decisions[0].id as string;
    const changed = await act(reviewId, 'change-decision', 'officer2', {
      decisionId,
      verdict: 'abstain',
      reviewedRevision: 1,
      comment: 'Not my field',
    });
    expect([changed.status, types(changed)]).toEqual([201, ['DecisionChanged']]);
    expect((await steps(reviewId))[0].decisions).toMatchObject([{ verdict: 'abstain', comment: 'Not my field' }]);
    const others = await act(reviewId, 'rescind', 'officer3', { decisionId, reason: 'Mine' });
    expect([others.status, others.body.code]).toEqual([403, 'not-eligible']);
    const rescinded = await act(reviewId, 'rescind', 'officer2', { decisionId, reason: 'The wrong file' });
    expect([rescinded.status, types(rescinded)]).toEqual([201, ['DecisionRescinded']]);
    expect((await steps(reviewId))[0].decisions).toMatchObject([{ counted: false, reason: 'RESCINDED' }]);
    await decide(reviewId, 'officer2');
    await decide(reviewId, 'officer3');
    const late = await act(reviewId, 'rescind', 'officer2', { decisionId, reason: 'Again' });
    expect([late.status, late.body.code]).toEqual([409, 'step-resolved']);
  });

  it('same person clicks twice: same key: the receipt; new key: nothing; another verdict: only by change-decision', async () => {
    const reviewId = await begun(roleStep('one', 'officer', 2));
    const key = randomUUID();
    const body = { verdict: 'approve', reviewedRevision: 1 };
    const first = await act(reviewId, 'decide', 'officer2', body, { key });
    const same = await act(reviewId, 'decide', 'officer2', body, { key });
    expect([same.status, same.body, same.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
    const fresh = await decide(reviewId, 'officer2');
    expect([fresh.status, fresh.body.events]).toEqual([200, []]);
    const turned = await decide(reviewId, 'officer2', 'reject');
    expect([turned.status, turned.body.code]).toEqual([409, 'person-already-counted']);
    const changed = await act(reviewId, 'change-decision', 'officer2', {
      decisionId: turned.body.decisionId,
      verdict: 'reject',
      reviewedRevision: 1,
    });
    expect([changed.status, changed.body.state.status]).toEqual([201, 'rejected']);
  });

  it('the guide to the life of a review: every line works, copied one by one', async () => {
    const { said, printed } = await copied(api, await walkThrough('docs/guides/life-of-a-review.md'));
    expect(said.length).toBeGreaterThan(10);
    expect(printed).toEqual(said);
  }, 120_000);

  describe('when people leave', () => {
    const leave = (name: string) =>
      api.app.get(CommandBus).execute(new DeactivateUserCommand({ userId: id(name) }, bySystem()));
    const lose = (name: string, role: Role) =>
      api.app.get(CommandBus).execute(new RevokeRoleCommand({ userId: id(name), role }, bySystem()));

    it('user deactivated while holding a personal assignment: void, somebody else is asked, nothing is approved by itself', async () => {
      await api.register('leaver', 'officer', 'demo');
      const one = await begun(userStep('one', ['leaver']));
      const all = await begun(userStep('all', ['leaver', 'manager'], { rule: { all: true } }));
      const decided = await begun(userStep('both', ['leaver', 'manager']));
      await decide(decided, 'leaver');
      await leave('leaver');
      await until(
        () => eventTypes(all),
        (told) => told.includes('AssignmentVoided'),
      );
      await until(
        () => eventTypes(one),
        (told) => told.includes('AssignmentVoided'),
      );
      expect((await seats(one)).map(({ ref, state }) => [ref, state])).toEqual([
        [id('leaver'), 'void'],
        ['admin', 'open'],
      ]);
      expect((await decide(all, 'manager')).body.state.status).toBe('in_review');
      expect((await decide(all, 'admin')).body.state.status).toBe('approved');
      expect(await eventTypes(decided)).not.toContain('AssignmentVoided');
      expect((await decide(decided, 'manager')).body.state.status).toBe('approved');
    });

    it('role lost before deciding: not eligible, the claim is released; after: the decision stays', async () => {
      for (const name of ['changer', 'changer2']) await api.register(name, 'officer', 'demo');
      const before = await begun(roleStep('one', 'officer'));
      const after = await begun(roleStep('one', 'officer', 2));
      const [{ id: assignmentId }] = (await seats(before)) as [AssignmentLine];
      expect((await act(before, 'claim', 'changer', { assignmentId })).status).toBe(201);
      expect((await decide(after, 'changer2')).status).toBe(201);
      await lose('changer', 'officer');
      await lose('changer2', 'officer');
      await until(
        () => eventTypes(before),
        (told) => told.includes('AssignmentReleased'),
      );
      expect(await seats(before)).toMatchObject([{ state: 'open', claimedBy: null }]);
      expect((await decide(before, 'officer2')).body.state.status).toBe('approved');
      expect((await decide(after, 'officer2')).body.state.status).toBe('approved');
    });

    it('role emptied while a step asks for it: blocked, visible, never approved by itself', async () => {
      await api.register('auditor2', 'auditor', 'demo');
      const reviewId = await begun(roleStep('one', 'auditor', 2));
      await lose('auditor2', 'auditor');
      await until(
        () => steps(reviewId),
        ([step]) => step.status === 'blocked',
      );
      const [step] = await steps(reviewId);
      expect(step).toMatchObject({ status: 'blocked' });
      const { body } = await api.get(`/reviews/${reviewId}/explanation`, 'admin');
      expect(body.conditions.map(({ code }: { code: string }) => code)).toContain('routing');
    });

    it('a blocked step goes on by itself when somebody gets the role, and stands in inboxes again', async () => {
      const few = await begun(roleStep('one', 'manager', 4));
      expect((await steps(few))[0]).toMatchObject({ status: 'blocked' });
      const inbox = async () =>
        (await api.get('/inbox?limit=100', 'manager')).body.data.map((row: { reviewId: string }) => row.reviewId);
      expect(await inbox()).not.toContain(few);
      await api.register('newcomer', 'manager', 'demo');
      await until(inbox, (listed) => listed.includes(few));
      expect((await steps(few))[0]).toMatchObject({ status: 'open' });
      expect((await decide(few, 'newcomer')).status).toBe(201);
    });
  });
});
