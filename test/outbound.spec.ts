import { jest } from '@jest/globals';
import { derivedId } from '#libs/kernel/domain/ids';
import { mailServer } from '#libs/testing/mail-server';
import { receiver } from '#libs/testing/receivers';
import type { Client } from './support/client.js';
import { signIn } from './support/chaos.js';
import { Installation, until } from './support/installation.js';
import { publishedWorkflow, roleStep } from './support/scenario.js';

jest.setTimeout(300_000);

/* What goes out, when the process that sends it is killed again and again. */
describe('messages across kill -9', () => {
  it('each acknowledged event reaches the webhook at least once, always under one id', async () => {
    const target = await receiver();
    const env = { OUTBOUND_ALLOW_LOOPBACK: '1', OUTBOUND_TIMEOUT_SECONDS: '1' };
    const installation = await (await Installation.begun(env)).start();
    try {
      /** Ids of the events that an answer has promised. */
      const promised = new Set<string>();
      let clients = await signIn(installation.url);
      const workflow = await publishedWorkflow(clients[3]!, [roleStep('credit', 'manager', 1)]);
      await clients[3]!.must('/webhooks', { name: 'Ledger', url: target.url, events: ['*'] });
      // Some messages are under way when the process dies: these are the ones in doubt.
      let received = 0;
      target.answers((_, response) => {
        if (++received % 3 === 0) return; // heard, and never answered
        response.writeHead(204).end();
      });
      for (let cycle = 0; cycle < 4; cycle++) {
        const before = received;
        const stop = reviewing(clients, workflow, promised);
        await until('messages under way', 30_000, async () => received > before + 20);
        await installation.kill();
        await stop();
        await installation.start();
        clients = await signIn(installation.url);
      }
      target.answers((_, response) => response.writeHead(204).end());
      const ids = () =>
        Map.groupBy(target.received, ({ body }) => (JSON.parse(body) as { data: { eventId: string } }).data.eventId);
      await until('everything promised has arrived', 120_000, async () => {
        const arrived = ids();
        return [...promised].every((id) => arrived.has(id));
      });
      expect(promised.size).toBeGreaterThan(60);
      for (const messages of ids().values())
        expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(new Set(target.received.map(({ headers }) => headers['webhook-id'])).size).toBe(ids().size);
      // What was in doubt was sent again.
      expect(target.received.length).toBeGreaterThan(ids().size);
    } finally {
      await installation.destroy();
      await target.close();
    }
  });

  it('each acknowledged assignment reaches the mailbox at least once, always under one Message-ID', async () => {
    const mail = await mailServer();
    const env = { SMTP_URL: mail.url, MAIL_FROM: 'reviews@countersign.example', OUTBOUND_TIMEOUT_SECONDS: '1' };
    const installation = await (await Installation.begun(env)).start();
    try {
      const begun = new Set<string>();
      let clients = await signIn(installation.url);
      const [, manager, , admin] = clients as [Client, Client, Client, Client];
      const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 1)]);
      const wishes = { mail: ['assignment'], chat: [], email: 'mia@example.com' };
      expect((await manager.put('/notifications/preferences', wishes)).status).toBe(201);
      const promised = new Set<string>();
      for (let cycle = 0; cycle < 3; cycle++) {
        const before = mail.received.length;
        const stop = reviewing(clients, workflow, promised, begun);
        await until('mail under way', 30_000, async () => mail.received.length > before + 5);
        await installation.kill();
        await stop();
        await installation.start();
        clients = await signIn(installation.url);
      }
      const expected = [...begun].map((event) => derivedId(event, 'notice', 'assignment', manager.userId!, 'mail'));
      const arrived = () => new Set(mail.received.map(({ messageId }) => messageId));
      await until('every mail promised', 120_000, async () =>
        expected.every((id) => arrived().has(`<${id}@countersign.example>`)),
      );
      expect(expected.length).toBeGreaterThan(15);
      // The subject of a mail names that of the review, which has one step: one notice, however often it came.
      const ids = Map.groupBy(mail.received, ({ subject }) => subject);
      for (const [subject, mails] of ids)
        expect([subject, new Set(mails.map(({ messageId }) => messageId)).size]).toEqual([subject, 1]);
      expect(arrived().size).toBe(ids.size);
    } finally {
      await installation.destroy();
      await mail.close();
    }
  });
});

/** Starts and decides reviews until told to stop, or until the server is gone; notes what was acknowledged, and which steps began. */
function reviewing(
  [officer, manager]: readonly Client[],
  workflow: string,
  promised: Set<string>,
  begun = new Set<string>(),
) {
  let running = true;
  let made = 0;
  const note = (body: { events: { id: string; type: string }[] }) => {
    for (const { id, type } of body.events) {
      promised.add(id);
      if (type === 'StepStarted') begun.add(id);
    }
  };
  const loop = async () => {
    while (running) {
      const subject = { type: 'loan', id: `loan-${promised.size}-${made++}-${Math.random()}`, content: { a: 1 } };
      const started = await officer!.must(`/workflows/${workflow}/start`, { subject });
      note(started.body);
      const verdict = { verdict: 'approve', reviewedRevision: 1 };
      note((await manager!.must(`/reviews/${started.body.reviewId}/decide`, verdict)).body);
    }
  };
  const loops = Promise.allSettled([loop(), loop()]);
  return async () => {
    running = false;
    await loops;
  };
}
