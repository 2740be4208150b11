import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './client.js';

interface Entry {
  readonly who: number;
  readonly path: string;
  readonly body: object;
  readonly key: string;
  /** Undefined while in doubt: sent, never answered. */
  answer?: Answer;
}

/**
 * What a careful client writes down: every command with its key before it is sent, every answer after. At the end all
 * acknowledged commands must stand in the log exactly once, and those in doubt, retried with their key, have one effect.
 */
export class Ledger {
  readonly entries: Entry[] = [];

  /** Sends and records; undefined when the answer was lost or the server was not there. */
  async send(clients: readonly Client[], who: number, path: string, body: object): Promise<Answer | undefined> {
    const entry: Entry = { who, path, body, key: randomUUID() };
    this.entries.push(entry);
    return this.attempt(clients, entry);
  }

  /** Retries everything in doubt with its own key until it is answered. */
  async settle(clients: readonly Client[]): Promise<void> {
    const settled = this.entries
      .filter(({ answer }) => !answer)
      .map(async (entry) => {
        for (let attempt = 0; !(await this.attempt(clients, entry)); attempt++) {
          if (attempt === 100) throw new Error(`never answered: ${entry.path}`);
          await new Promise((done) => setTimeout(done, 100));
        }
      });
    await Promise.all(settled);
  }

  get acknowledged(): readonly (Entry & { answer: Answer })[] {
    return this.entries.filter((entry): entry is Entry & { answer: Answer } => entry.answer?.status === 201);
  }

  private async attempt(clients: readonly Client[], entry: Entry): Promise<Answer | undefined> {
    try {
      const answer = await clients[entry.who]!.post(entry.path, entry.body, { key: entry.key });
      if (answer.status >= 500) return undefined; // not acknowledged: may or may not have happened
      entry.answer = answer;
      return answer;
    } catch {
      return undefined;
    }
  }
}

/** What is wrong with the log, seen against the ledger; [] when every acknowledged command stands in it exactly once. */
export async function faults(ledger: Ledger, auditor: Client): Promise<string[]> {
  const found: string[] = [];
  const streams = new Map<string, { id: string; revision: number; type: string; data: any }[]>();
  for (const { answer, path } of ledger.acknowledged) {
    const reviewId = answer.body.stream.slice('review-'.length) as string;
    if (!streams.has(reviewId)) {
      const { status, body } = await auditor.get(`/reviews/${reviewId}/events`);
      if (status !== 200) {
        found.push(`acknowledged ${path} of ${reviewId}, but its stream answers ${status}`);
        continue;
      }
      streams.set(reviewId, body.data);
    }
    for (const acknowledged of answer.body.events as { id: string; revision: number }[]) {
      const stored = streams.get(reviewId)!.filter(({ id }) => id === acknowledged.id);
      if (stored.length !== 1 || stored[0]!.revision !== acknowledged.revision)
        found.push(`event ${acknowledged.id} of ${path} is stored ${stored.length} times`);
    }
  }
  for (const [reviewId, events] of streams) {
    if (events.some(({ revision }, i) => revision !== i)) found.push(`${reviewId}: revisions are not dense`);
    const ends = events.filter(({ type }) => type === 'ReviewApproved' || type === 'ReviewRejected').length;
    if (ends > 1) found.push(`${reviewId}: ${ends} outcomes`);
    const deciders = events
      .filter(({ type }) => type === 'DecisionRecorded')
      .map(({ data }) => `${data.step} ${data.actorId}`);
    if (new Set(deciders).size !== deciders.length) found.push(`${reviewId}: one person counted twice`);
  }
  return found;
}
