import type { INestApplicationContext } from '@nestjs/common';
import { diffJson } from 'diff';
import { Command } from 'commander';
import type { StreamHandler } from '#libs/event-store/application/stream-handler';
import { UserStreams } from '#libs/identity/application/user-streams';
import type { Decider } from '#libs/kernel/domain/decider';
import type { Command as AnyCommand, DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { CommentStreams } from '#libs/reviews/application/comment-streams';
import { ReviewStreams } from '#libs/reviews/application/review-streams';
import { WorkflowStreams } from '#libs/workflows/application/workflow-streams';
import { CliError } from '../cli-error.js';
import { withRooms } from '../with-rooms.js';
import { json } from '../print.js';

interface ReplayOptions {
  readonly to?: string;
  readonly step?: boolean;
}

type AnyStreams = StreamHandler<unknown, AnyCommand, DomainEvent>;

export const replayCommand = () =>
  new Command('replay')
    .description('fold a stream again and show the state, as it is now or was at a revision')
    .argument('<stream>', 'e.g. review-0192c7a0-…')
    .option('--to <revision>', 'stop after this revision')
    .option('--step', 'show what every event changed; on a terminal, wait for Enter')
    .action((stream: string, options: ReplayOptions) =>
      withRooms('replay', async ({ app }) => replay(app, stream, options)),
    );

async function replay(app: INestApplicationContext, stream: string, { to, step }: ReplayOptions): Promise<void> {
  if (to !== undefined && !/^\d+$/.test(to)) throw new CliError('--to is a revision: 0, 1, 2 …');
  const streams = handlerOf(app, stream);
  const { category, decider } = streams.definition;
  const id = stream.slice(category.length + 1);
  const events = await streams.history(id, to === undefined ? {} : { to: BigInt(to) });
  const last = events.at(-1);
  if (!last) throw new CliError(`There is no stream ${stream}.`);
  if (to !== undefined && last.revision < BigInt(to))
    console.error(`The stream ends at revision ${last.revision}; this is all of it.`);
  const fold = decider as unknown as Decider<unknown, AnyCommand, DomainEvent>;
  let state = fold.initialState;
  for (const event of events) {
    const { revision, recordedAt, actor } = event;
    const next = fold.evolve(state, event, { revision, recordedAt, actorId: actor.id });
    console.log(lineOf(event));
    if (step) await show(state, next);
    state = next;
  }
  if (!step) console.log(json(plain(state), 2));
}

function handlerOf(app: INestApplicationContext, stream: string): AnyStreams {
  const all = [ReviewStreams, CommentStreams, WorkflowStreams, UserStreams].map(
    (type) => app.get(type as never, { strict: false }) as AnyStreams,
  );
  const found = all.find(({ definition }) => stream.startsWith(`${definition.category}-`));
  if (found) return found;
  const known = all.map(({ definition }) => definition.category).join(', ');
  throw new CliError(
    `${stream} is none of the streams that are folded (${known}): write <category>-<id>, as in review-….`,
  );
}

const lineOf = ({ revision, recordedAt, type, actor }: Recorded): string =>
  `${String(revision).padStart(4)}  ${recordedAt}  ${type}  by ${actor.id}`;

async function show(before: unknown, after: unknown): Promise<void> {
  const parts = diffJson(plain(before) as object, plain(after) as object);
  for (const { added, removed, value } of parts) {
    if (!added && !removed) continue;
    const sign = added ? '+' : '-';
    for (const line of value.replace(/\n$/, '').split('\n')) console.log(`        ${sign} ${line}`);
  }
  if (process.stdin.isTTY && process.stdout.isTTY) await enter();
}

const enter = () =>
  new Promise<void>((resolve) => {
    process.stdin.once('data', () => {
      process.stdin.pause();
      resolve();
    });
    process.stdin.resume();
  });

/** As JSON sees it: maps as objects, bigints as numbers. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'bigint') return Number(each);
      if (each instanceof Map) return Object.fromEntries(each as Map<string, unknown>);
      if (each instanceof Set) return [...(each as Set<unknown>)];
      return each;
    }) ?? 'null',
  );
