import { Injectable } from '@nestjs/common';
import { Delegations } from '#libs/delegations/application/delegations';
import { Directory, type DirectoryView } from '#libs/identity/application/directory';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { subjectAmount } from '#libs/reviews/application/subject-amount';
import { tellOf, type Addressed } from '../domain/concern.js';
import type { Notice, Recipient } from '../domain/notice.js';
import { nextDigest, outsideQuietHours } from '../domain/schedule.js';
import { Deliveries } from './deliveries.js';
import { NOTICE_TARGET, type NoticeOrder } from './notices.js';
import { KnownPreferences, type Wishes } from './known-preferences.js';

/** How people can be told in this installation. */
export abstract class PeopleChannels {
  abstract readonly names: readonly ('mail' | 'chat')[];
}

/** How long a notice waits for the wishes of those it is for. */
const PATIENCE_MS = 5000;

/** Finds out who is meant, and puts a message for each of them among the deliveries, as each wishes. */
@Injectable()
export class NoticeTarget implements CommandTarget {
  readonly name = NOTICE_TARGET;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly directory: Directory,
    private readonly delegations: Delegations,
    private readonly wishes: KnownPreferences,
    private readonly gate: WaitGate,
    private readonly deliveries: Deliveries,
    private readonly channels: PeopleChannels,
  ) {}

  async execute({ workspaceId, now, payload }: Parameters<CommandTarget['execute']>[0]): Promise<boolean> {
    if (this.channels.names.length === 0) return false;
    const { event, told, amount } = await this.told(payload as unknown as NoticeOrder);
    // Each process follows the log at its own pace: whoever was given a role, or a delegation, a moment before is meant.
    if (told.length > 0) await Promise.all([this.directory.current(), this.delegations.current()]);
    let queued = 0;
    for (const addressed of told) {
      const people = this.peopleFor(addressed, amount, workspaceId, now);
      if (people.length === 0) continue;
      // What somebody wished before it happened is heeded.
      await this.gate.waitFor('notifications', event.position, PATIENCE_MS);
      const { notice } = addressed;
      for (const wish of await this.wishes.of(workspaceId, people))
        for (const channel of this.channels.names)
          if (wish[channel].includes(notice.kind))
            queued += await this.queue({ channel, wish, workspaceId, eventId: event.id, notice, now });
    }
    return queued > 0;
  }

  /** What is to be told of an event, as its review was then. */
  private async told({ streamId, revision }: NoticeOrder) {
    const { events } = await this.store.readStream(streamId);
    const recorded = await this.codec.decode(events);
    const amount = subjectAmount(recorded.slice(0, revision + 1));
    return { event: recorded[revision]!, told: tellOf(recorded, revision), amount };
  }

  private peopleFor(
    { to, except, notice }: Addressed,
    amount: Amount,
    workspaceId: string,
    now: string,
  ): readonly string[] {
    const directory = this.directory.snapshot(workspaceId);
    // In that order: nobody stands in for whoever is not asked.
    const meant = peopleIn(directory, to).filter((userId) => !except.includes(userId));
    return [...new Set([...meant, ...this.standIns(workspaceId, meant, notice, amount, now)])].filter(
      (userId) => !except.includes(userId) && directory.person(userId)?.active,
    );
  }

  /** Whoever may act for those who are asked is asked as well, as long as that holds. */
  private standIns(
    workspaceId: string,
    people: readonly string[],
    { kind, workflow, step }: Notice,
    amount: Amount,
    now: string,
  ): readonly string[] {
    if (kind !== 'assignment' && kind !== 'reminder') return [];
    const view = this.delegations.at(workspaceId, now);
    const matter = { workflowKey: workflow, amount, ...(step !== null && { stepKey: step }) };
    return people.flatMap((userId) => view.delegatesOf(userId, matter));
  }

  private queue({ channel, wish, workspaceId, eventId, notice, now }: Wanted): Promise<number> {
    const { userId, digest, quietHours, timezone } = wish;
    const id = derivedId(eventId, 'notice', notice.kind, userId, channel);
    const common = { workspaceId, channel, target: userId, eventId, eventType: notice.eventType };
    const dueAt = outsideQuietHours(now, quietHours, timezone);
    // What is urgent does not wait for a digest; it waits for the morning at most.
    if (digest.every === 'never' || notice.kind === 'reminder' || notice.kind === 'escalation')
      return this.deliveries.queue([{ ...common, id, payload: { notice }, dueAt }]);
    const digestAfter = (instant: string) => {
      const at = outsideQuietHours(nextDigest(instant, digest, timezone), quietHours, timezone);
      return { ...common, id: derivedId(userId, 'digest', channel, at), payload: { digest: true }, dueAt: at };
    };
    return this.deliveries.collect({ id, payload: notice }, digestAfter, now);
  }
}

type Amount = ReturnType<typeof subjectAmount>;

interface Wanted {
  readonly channel: 'mail' | 'chat';
  readonly wish: Wishes;
  readonly workspaceId: string;
  readonly eventId: string;
  readonly notice: Notice;
  readonly now: string;
}

/** Everybody who is meant, once. */
function peopleIn(directory: DirectoryView, to: readonly Recipient[]): string[] {
  const resolve = (recipient: Recipient): readonly string[] => {
    if ('user' in recipient) return [recipient.user];
    if ('role' in recipient) return directory.holders(recipient.role);
    return resolve(recipient.managerOf).flatMap((userId) => directory.person(userId)?.managerId ?? []);
  };
  return [...new Set(to.flatMap(resolve))];
}
