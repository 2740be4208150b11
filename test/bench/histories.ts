import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Codec } from '#libs/event-store/application/codec';
import type { EventMetadata, NewEvent } from '#libs/event-store/application/event-store';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import {
  approve,
  definition,
  loan,
  manager,
  reject,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
} from '#libs/reviews/domain/review.examples';
import { CopyIn } from '#libs/processing/infrastructure/copy-in';
import { sampleMetadata } from './baselines.js';

/** A whole review as it goes into the log. */
export interface History {
  readonly streamId: string;
  readonly events: readonly NewEvent[];
}

const workflow = definition(step('initial-review'), step('committee', { assignees: [manager()] }));
const content = { ...loan, purpose: 'A van for the bakery, with a cold store.', notes: 'To be paid back. '.repeat(12) };

/** What the decider itself records: mostly two approvals, now and then a detour. */
const stories = [
  Story.of(start(workflow, { content }), approve('ann'), approve('mia')),
  Story.of(start(workflow, { content }), approve('bob'), approve('max')),
  Story.of(start(workflow, { content }), approve('ann'), reject('mia', { comment: 'Too much for one branch.' })),
  Story.of(start(workflow, { content }), approve('ann')),
  Story.of(
    start(workflow, { content }),
    requestChanges('ann'),
    resubmit({ ...content, amountMinor: '4200000' }),
    approve('ann', { revision: 2 }),
    approve('mia', { revision: 2 }),
  ),
].map(({ events }) => JSON.stringify(events));

/** Ids of its own in every review. */
const OWN_IDS = /"(executionId|assignmentId|decisionId|itemId|continues)":"([^"]+)"/g;

/** `n` reviews of loans of their own, after these stories (events as JSON), sealed and written by the real codec. */
export function histories(codec: Codec, n: number, told: readonly string[] = stories): Promise<History[]> {
  return Promise.all(Array.from({ length: n }, (_, i) => history(codec, told[i % told.length]!)));
}

async function history(codec: Codec, story: string): Promise<History> {
  const reviewId = randomUUID();
  const loanId = `loan-${randomUUID()}`;
  const keyRef = subjectKeyRef('demo', 'loan', loanId);
  const ids = new Map<string, string>();
  const freshId = (known: string) => ids.get(known) ?? ids.set(known, randomUUID()).get(known)!;
  const text = story
    .replaceAll('rev_1', reviewId)
    .replaceAll('loan-1', loanId)
    .replaceAll('subject-1', keyRef)
    .replace(OWN_IDS, (_, name: string, id: string) => `"${name}":"${freshId(id)}"`);
  const drafts = (JSON.parse(text) as Story['events']).map((event) => ({
    id: randomUUID(),
    event,
    keyRef,
    metadata: sampleMetadata() as EventMetadata,
  }));
  return { streamId: `review-${reviewId}`, events: await codec.encode(drafts) };
}

/** Reviews that go on at the same time. */
const COHORT = 200;

/** Writes at least `events` events behind the log's head, reviews interleaved as in life. Answers how many it wrote. */
export async function lengthenLog(pool: pg.Pool, codec: Codec, events: number): Promise<number> {
  const head = await pool.query<{ head: string }>('SELECT coalesce(max(position), 0) AS head FROM es.events');
  const first = Number(head.rows[0]!.head);
  const client = await pool.connect();
  let position = first;
  try {
    while (position - first < events) {
      const cohort = await histories(codec, COHORT);
      const rows: string[] = [];
      for (let revision = 0; cohort.some((one) => one.events.length > revision); revision++)
        for (const { streamId, events: all } of cohort) {
          const event = all[revision];
          if (event) rows.push(row(++position, streamId, revision, event));
        }
      await new Promise<void>((done, failed) => {
        const answer = (error?: unknown) => (error ? failed(error as Error) : done());
        client.query(new CopyIn(COPY_LOG, [rows.join('')], answer) as unknown as pg.Submittable);
      });
    }
  } finally {
    client.release();
  }
  await pool.query('ANALYZE es.events');
  return position - first;
}

const COPY_LOG = `COPY es.events (position, stream_id, revision, event_id, type, schema_version, workspace_id, data, metadata) FROM STDIN`;

const row = (position: number, streamId: string, revision: number, event: NewEvent) =>
  `${position}\t${streamId}\t${revision}\t${event.id}\t${event.type}\t${event.schemaVersion}\tdemo\t${json(event.data)}\t${json(event.metadata)}\n`;

/** JSON has no raw control characters: only its backslashes mean something to COPY. */
const json = (value: object) => JSON.stringify(value).replaceAll('\\', '\\\\');
