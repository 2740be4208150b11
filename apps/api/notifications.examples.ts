import { readFile } from 'node:fs/promises';
import { CommandBus } from '@nestjs/cqrs';
import { DeactivateUserCommand } from '#libs/identity/application/commands/change-user.handlers';
import { Deliveries } from '#libs/notifications/application/deliveries';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { metadataFor } from '#libs/testing/events';
import { mailServer, type MailServer } from '#libs/testing/mail-server';
import { receiver, type Receiver } from '#libs/testing/receivers';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

const until = async (what: string, condition: () => boolean | Promise<boolean>, ms = 20_000) => {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const everything = ['assignment', 'reminder', 'escalation', 'changes', 'outcome'];

/** Real mail over a real SMTP server, chat messages to a real HTTP receiver. */
describe('telling people', () => {
  let api: ApiInstallation;
  let mail: MailServer;
  let chat: Receiver;
  let workflow: string;
  beforeAll(async () => {
    mail = await mailServer();
    chat = await receiver();
    api = await installation({
      SMTP_URL: mail.url,
      MAIL_FROM: 'Countersign <reviews@countersign.example>',
      REVIEW_LINK: 'https://console.example.com/reviews/{reviewId}',
      OUTBOUND_ALLOW_LOOPBACK: '1',
      OUTBOUND_TIMEOUT_SECONDS: '2',
    });
    workflow = await publishedWorkflow(api, [
      roleStep('check', 'officer', 1, {
        slaHours: 8,
        ladder: [
          { id: 'r1', at: '50%', action: 'remind' },
          { id: 'r2', at: '75%', action: 'notify', to: { role: 'manager' } },
          { id: 'r3', at: '+8h', action: 'none' },
        ],
      }),
    ]);
  });
  afterAll(async () => {
    await api.stop();
    await Promise.all([mail.close(), chat.close()]);
  });
  beforeEach(() => {
    mail.received.length = 0;
    chat.received.length = 0;
    mail.refuses(() => undefined);
  });
  /** What everybody has said is taken back: nobody is told anything. */
  afterEach(async () => {
    for (const person of ['officer', 'officer2', 'manager']) await prefer(person, { mail: [], chat: [] });
  });

  const prefer = async (as: string, body: object) => {
    const answer = await api.call('PUT', '/notifications/preferences', { as, body });
    if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
    return answer;
  };
  const byMail = (as: string, kinds: readonly string[] = everything, more: object = {}) =>
    prefer(as, { mail: kinds, chat: [], email: `${as}@example.com`, ...more });
  const to = (person: string) =>
    mail.received.filter(({ to: list }) => [list].flat().some((each) => each?.text.includes(`${person}@`)));
  const mailed = (person: string, count: number) =>
    until(`${count} mails to ${person}`, () => to(person).length >= count);
  /** Everything that has happened so far has been told to whom it concerns. */
  const toldAll = async () => {
    await api.app.get(WaitGate).waitFor('notices', await api.core.store.head(), 20_000);
    const open = () => rows('SELECT 1 FROM processing.outbox WHERE done_at IS NULL AND dead_at IS NULL');
    await until('an empty outbox', async () => (await open()).length === 0);
    await until('nothing waits', async () => (await waiting()).length === 0);
  };
  const rows = async (query: string, values: unknown[] = []) =>
    (await api.core.database.pool.query(query, values)).rows as Record<string, unknown>[];
  const waiting = () => rows(`SELECT * FROM notifications.deliveries WHERE state = 'waiting'`);

  it('asks whoever may decide, once, without a word of what people wrote', async () => {
    for (const person of ['officer', 'officer2', 'manager']) await byMail(person);
    const review = await startedReview(api, workflow, { borrower: 'Ann Archer' });
    await until('a mail', () => mail.received.length > 0);
    const [asked] = to('officer2');
    expect(asked!.subject).toMatch(/^Waits for your decision: loan loan-[\w-]+ \(check\), due \d{4}-/);
    expect(asked!.text).toContain(`https://console.example.com/reviews/${review}`);
    expect(`${asked!.subject} ${asked!.text} ${asked!.html || ''}`).not.toMatch(/Ann|Archer|A loan/);
    expect(asked!.from!.text).toContain('reviews@countersign.example');
    expect(asked!.headers.get('auto-submitted')).toBe('auto-generated');
    await api.post(`/reviews/${review}/decide`, 'officer2', { verdict: 'approve', reviewedRevision: 1 });
    await until('the outcome', () => to('officer').length > 0);
    // The submitter was not asked about the own submission, the manager not at all.
    expect(to('officer').map(({ subject }) => subject!.split(':')[0])).toEqual(['Approved']);
    expect([to('officer2').length, to('manager').length]).toEqual([1, 0]);
  });

  it('holds no link that does anything: following one without signing in is refused', async () => {
    await byMail('officer2');
    const review = await startedReview(api, workflow);
    await until('a mail', () => mail.received.length > 0);
    const links = mail.received[0]!.text!.match(/https?:\/\/\S+/g)!;
    expect(links).toEqual([`https://console.example.com/reviews/${review}`]);
    const before = await api.get(`/reviews/${review}`, 'officer');
    expect((await api.call('GET', `/reviews/${review}`)).status).toBe(401);
    expect((await api.get(`/reviews/${review}`, 'officer')).body).toEqual(before.body);
  });

  it('reminds and escalates', async () => {
    await byMail('officer2', ['reminder']);
    await byMail('manager', ['escalation', 'assignment']);
    const review = await startedReview(api, workflow);
    await api.post(`/reviews/${review}/escalate`, 'officer', { reason: 'The client waits' });
    await until('the reminder', () => to('officer2').length === 1);
    await api.post(`/reviews/${review}/escalate`, 'officer', { reason: 'The client still waits' });
    await until('the escalation', () => to('manager').length === 1);
    await api.post(`/reviews/${review}/escalate`, 'manager2', { reason: 'Help', to: { role: 'manager' } });
    await until('asked in addition', () => to('manager').length === 2);
    expect([...to('officer2'), ...to('manager')].map(({ subject }) => subject!.split(':')[0])).toEqual([
      'Still waits',
      'Escalated',
      'Waits for your decision',
    ]);
  });

  it('asks whoever may act for those who are asked, but not for the submitter', async () => {
    await byMail('manager', ['assignment']);
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const lend = (as: string) => api.post('/delegations', as, { delegate: api.ids.get('manager'), until: end });
    const [ofSubmitter, ofColleague] = [await lend('officer'), await lend('officer2')];
    expect([ofSubmitter.status, ofColleague.status]).toEqual([201, 201]);
    const covered = await startedReview(api, workflow);
    await mailed('manager', 1);
    expect(to('manager')[0]!.text).toContain(covered);
    const revoke = (id: string, as: string) => api.post(`/delegations/${id}/revoke`, as);
    await revoke(ofColleague.body.delegationId as string, 'officer2');
    // Only the submitter's own delegation is left.
    await startedReview(api, workflow);
    await toldAll();
    expect(to('manager')).toHaveLength(1);
    await revoke(ofSubmitter.body.delegationId as string, 'officer');
  });

  it('asks whoever may act up to an amount, by what the review is about', async () => {
    await byMail('manager', ['assignment']);
    const lent = await api.post('/delegations', 'officer2', {
      delegate: api.ids.get('manager'),
      until: new Date(Date.now() + 3_600_000).toISOString(),
      scope: { maxAmount: { amountMinor: '5000', currency: 'USD' } },
    });
    expect(lent.status).toBe(201);
    await startedReview(api, workflow, { amountMinor: '5001', currency: 'USD' });
    await startedReview(api, workflow);
    const small = await startedReview(api, workflow, { amountMinor: '5000', currency: 'USD' });
    await toldAll();
    expect(to('manager').map(({ text }) => text!.includes(small))).toEqual([true]);
    await api.post(`/delegations/${lent.body.delegationId}/revoke`, 'officer2');
  });

  it('tells the submitter that changes are asked for', async () => {
    await byMail('officer');
    const review = await startedReview(api, workflow);
    const items = [{ text: 'Where is the proof of income of Ann?' }];
    await api.post(`/reviews/${review}/request-changes`, 'officer2', { reviewedRevision: 1, items });
    await until('the request', () => to('officer').length === 1);
    expect(to('officer')[0]!.subject).toMatch(/^Changes requested: loan/);
    expect(to('officer')[0]!.text).not.toContain('Ann');
  });

  it('posts to a chat, where nothing is markup', async () => {
    await prefer('officer2', { mail: [], chat: ['assignment'], chatUrl: `${chat.url}/services/T0/B0/secret` });
    const subject = { type: 'loan', id: '<!channel> & friends', content: {} };
    await api.post(`/workflows/${workflow}/start`, 'officer', { subject });
    await until('a chat message', () => chat.received.length === 1);
    const [message] = chat.received;
    expect(message!.url).toBe('/services/T0/B0/secret');
    const { text } = JSON.parse(message!.body) as { text: string };
    expect(text).toContain('loan &lt;!channel&gt; &amp; friends');
    expect(text).not.toContain('<');
    const shown = await api.get('/notifications/preferences', 'officer2');
    expect(shown.body).toMatchObject({ hasChat: true, chat: ['assignment'] });
    expect(JSON.stringify(shown.body)).not.toContain('secret');
  });

  it('tries again under the same message id when the server does not take it, and keeps no review waiting', async () => {
    await byMail('officer2');
    mail.refuses(() => ({ responseCode: 451, message: 'Not now' }));
    const review = await startedReview(api, workflow);
    await until('a refused mail', async () => (await waiting())[0]?.['last_status'] === 451);
    const decide = { verdict: 'approve', reviewedRevision: 1 };
    expect((await api.post(`/reviews/${review}/decide`, 'officer2', decide)).status).toBe(201);
    mail.refuses(() => undefined);
    const [refused] = await waiting();
    const of = { workspaceId: 'demo', channel: 'mail', target: refused!['target'] as string } as const;
    await api.app.get(Deliveries).retry(of, refused!['id'] as string);
    await until('the mail', () => mail.received.length === 1);
    expect(mail.received[0]!.messageId).toBe(`<${String(refused!['id'])}@countersign.example>`);
  });

  it('gives up an address that does not exist', async () => {
    await byMail('officer2');
    mail.refuses((address) =>
      address.startsWith('officer2') ? { responseCode: 550, message: 'No such user' } : undefined,
    );
    await startedReview(api, workflow);
    await until(
      'given up',
      async () =>
        (await rows(`SELECT 1 FROM notifications.deliveries WHERE state = 'dead' AND last_status = 550`)).length === 1,
    );
  });

  it('collects what is not urgent into one digest, and what comes later into the next', async () => {
    await byMail('officer2', ['assignment', 'reminder'], { digest: { every: 'day', at: '08:00' } });
    const digests = () => rows(`SELECT * FROM notifications.deliveries WHERE payload->>'digest' = 'true' ORDER BY seq`);
    const items = () => rows('SELECT * FROM notifications.digest_items');
    const reviews = [await startedReview(api, workflow), await startedReview(api, workflow)];
    await until('two items', async () => (await items()).length === 2);
    expect(await digests()).toHaveLength(1);
    expect(mail.received).toEqual([]);
    await api.post(`/reviews/${reviews[0]}/escalate`, 'officer', { reason: 'Urgent' });
    await until('the reminder at once', () => mail.received.length === 1);

    await rows(`UPDATE notifications.deliveries SET due_at = now() WHERE payload->>'digest' = 'true'`);
    await until('the digest', () => mail.received.length === 2);
    expect(mail.received[1]!.subject).toBe('2 messages about reviews');
    for (const review of reviews) expect(mail.received[1]!.text).toContain(`/reviews/${review}`);
    await startedReview(api, workflow);
    await until('a third item', async () => (await items()).length === 3);
    expect((await digests()).map(({ state }) => state)).toEqual(['delivered', 'waiting']);
    await rows(`DELETE FROM notifications.deliveries WHERE state = 'waiting'`);
  });

  it('lets people sleep', async () => {
    // Quiet from an hour ago until an hour from now, whatever time it is.
    const time = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await byMail('officer2', everything, { quietHours: { from: time(-1), to: time(1) }, timezone: 'UTC' });
    await startedReview(api, workflow);
    await until('put off', async () => (await waiting()).length === 1);
    const [put] = await waiting();
    expect((put!['due_at'] as Date).getTime()).toBeGreaterThan(Date.now());
    expect(put!['attempts']).toBe(0);
    await rows(`DELETE FROM notifications.deliveries WHERE state = 'waiting'`);
  });

  it('tells nothing more to whoever has left while it waited', async () => {
    await api.register('leaver', 'officer', 'demo');
    const time = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await byMail('leaver', everything, { quietHours: { from: time(-1), to: time(1) }, timezone: 'UTC' });
    await startedReview(api, workflow);
    await until('put off', async () => (await waiting()).length === 1);
    const userId = api.ids.get('leaver')!;
    await api.app.get(CommandBus).execute(new DeactivateUserCommand({ userId }, metadataFor('usr_system')));
    await rows(`UPDATE notifications.deliveries SET due_at = now() WHERE state = 'waiting'`);
    await until('given up', async () => (await waiting()).length === 0);
    expect(await rows('SELECT state, last_error FROM notifications.deliveries WHERE target = $1', [userId])).toEqual([
      { state: 'dead', last_error: 'no receiver' },
    ]);
    expect(to('leaver')).toEqual([]);
  });

  it('heeds what somebody wished just before', async () => {
    for (let round = 1; round <= 3; round++) {
      await byMail('officer2', ['assignment']);
      const asked = await startedReview(api, workflow);
      await mailed('officer2', round);
      expect(to('officer2')[round - 1]!.text).toContain(asked);
      await byMail('officer2', ['outcome']);
      await startedReview(api, workflow);
      await toldAll();
      expect(to('officer2')).toHaveLength(round);
    }
  });

  describe('preferences', () => {
    it('are nothing for whoever has said nothing, and one person’s own', async () => {
      expect((await api.get('/notifications/preferences', 'viewer')).body).toEqual({
        mail: [],
        chat: [],
        email: null,
        hasChat: false,
        digest: { every: 'never', at: '08:00' },
        quietHours: null,
        timezone: 'UTC',
      });
      const { status, headers } = await byMail('officer', ['outcome'], { timezone: 'Europe/Rome' });
      expect(status).toBe(201);
      const read = await api.get('/notifications/preferences', 'officer');
      expect(read.body).toMatchObject({ email: 'officer@example.com', timezone: 'Europe/Rome' });
      expect(read.headers.get('etag')).toBe(headers.get('etag'));
      expect((await byMail('officer', ['outcome'], { timezone: 'Europe/Rome' })).status).toBe(200);
      expect((await api.get('/notifications/preferences', 'manager2')).body.email).toBeNull();
    });

    it('are what the guide says', async () => {
      const guide = await readFile('docs/guides/notifications.md', 'utf8');
      const [, text = ''] = /^```json preferences\n([\s\S]*?)^```/m.exec(guide) ?? [];
      const { chatUrl: _, ...wishes } = JSON.parse(text) as { chatUrl: string };
      await prefer('manager2', JSON.parse(text) as object);
      expect((await api.get('/notifications/preferences', 'manager2')).body).toEqual({ ...wishes, hasChat: true });
      await prefer('manager2', { mail: [], chat: [] });
    });

    it('are nothing where they are left out, and a chat address goes when null is said', async () => {
      const chatUrl = `${chat.url}/services/T0/B0/secret`;
      const { body: set } = await prefer('officer2', { chat: ['outcome'], chatUrl });
      expect(set.state).toMatchObject({ mail: [], chat: ['outcome'], hasChat: true });
      const { body: kept } = await prefer('officer2', { chat: ['assignment'] });
      expect(kept.state).toMatchObject({ hasChat: true });
      const wishes = { mail: [], chat: ['assignment'], chatUrl: null };
      const refused = await api.call('PUT', '/notifications/preferences', { as: 'officer2', body: wishes });
      expect([refused.status, refused.body.errors?.[0]]).toMatchObject([
        422,
        { pointer: '/chatUrl', code: 'required' },
      ]);
      const { status, body } = await prefer('officer2', { chatUrl: null });
      expect([status, body.state]).toMatchObject([201, { mail: [], chat: [], hasChat: false }]);
    });

    it('are sealed: no address stands in the log', async () => {
      await byMail('officer2', ['outcome'], { email: 'very.private@example.com' });
      const { events } = await api.core.store.readStream(`preferences-${api.ids.get('officer2')}`);
      expect(JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? '' : value))).not.toContain(
        'very.private',
      );
      const trail = await api.get('/audit/trail?type=NotificationPreferencesSet', 'auditor', {
        'consistency-token': api.token(),
      });
      expect(trail.body.data[0].summary).toContain(`User ${api.ids.get('officer2')} changed what to be told of`);
      expect(JSON.stringify(trail.body)).not.toContain('very.private');
    });

    it.each([
      ['/email', { mail: ['outcome'] }],
      ['/email', { mail: ['outcome'], email: 'nobody' }],
      ['/email', { mail: ['outcome'], email: 'a@example.com, b@example.com' }],
      ['/email', { mail: ['outcome'], email: 'a@example.com\r\nBcc: b@example.com' }],
      ['/email', { mail: ['outcome'], email: 'A <a@example.com>' }],
      ['/mail', { mail: ['weather'] }],
      ['/mail', { mail: 'outcome' }],
      ['/chatUrl', { chat: ['outcome'] }],
      ['/chatUrl', { chat: ['outcome'], chatUrl: 'http://10.0.0.1/' }],
      ['/timezone', { timezone: 'Mars/Olympus' }],
      ['/quietHours/from', { quietHours: { from: '25:00', to: '07:00' } }],
      ['/digest/every', { digest: { every: 'minute' } }],
    ])('cannot be wrong at %s: %j', async (pointer, wrong) => {
      const body = { mail: [], chat: [], ...wrong };
      const answer = await api.call('PUT', '/notifications/preferences', { as: 'viewer', body });
      expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    });
  });
});
