import { Command } from 'commander';
import type { Position, RecordedEvent } from '#libs/event-store/application/event-store';
import type { Core } from '#libs/composition/core';
import { CliError } from '../cli-error.js';
import { withCore } from '../with-core.js';
import { json, readerGone } from '../print.js';

interface TailOptions {
  readonly from?: string;
  readonly stream?: string;
  readonly type?: string[];
  readonly json?: boolean;
  readonly follow: boolean;
}

export const eventsCommand = () =>
  new Command('events').description('look at the log').addCommand(
    new Command('tail')
      .description('print events as they are recorded, until Ctrl-C')
      .option('--from <position>', 'begin after this position, or at "start" (default: what comes from now on)')
      .option('--stream <id>', 'only of this stream, or of this category (review, workflow, user …)')
      .option('--type <type...>', 'only of these types')
      .option('--json', 'whole events, one JSON document a line')
      .option('--no-follow', 'stop at the end of the log')
      .action((options: TailOptions) => withCore('events tail', (core) => tail(core, options))),
  );

async function tail({ store, codec }: Core, { from, stream, type, json: whole, follow }: TailOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const signal = AbortSignal.any([stop.signal, readerGone]);
  const head = await store.head();
  if (from !== undefined && from !== 'start' && !store.isPosition(from))
    throw new CliError(`--from is a position as this command prints it, or "start"; ${from} is neither.`);
  const after = (from as Position | 'start' | undefined) ?? head;
  if (!follow && after !== 'start' && store.compare(after, head) >= 0) return;
  const filter = { after, signal, ...(type && { types: type }) };
  for await (const { events, atHead } of store.subscribe(filter)) {
    const wanted = events.filter((event) => fits(event, stream, type));
    const decoded = wanted.length
      ? await codec.decode(wanted).catch(() => wanted.map((event) => codec.raw(event)))
      : [];
    for (const event of decoded) console.log(whole ? json(event) : lineOf(event));
    if (!follow && atHead) return;
  }
}

const fits = (
  { streamId, type: own }: RecordedEvent,
  stream: string | undefined,
  types: readonly string[] | undefined,
) =>
  (!types || types.includes(own)) &&
  (!stream || streamId === stream || streamId.slice(0, streamId.indexOf('-')) === stream);

const lineOf = (event: {
  recordedAt: string;
  position: string;
  streamId: string;
  revision: bigint;
  type: string;
  actor: { id: string };
}) =>
  `${event.recordedAt}  ${event.position.padStart(8)}  ${event.streamId}@${event.revision}  ${event.type}  by ${event.actor.id}`;
