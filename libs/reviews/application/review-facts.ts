import { Injectable } from '@nestjs/common';
import { Delegations } from '#libs/delegations/application/delegations';
import type { Premises } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Facts, ReviewCommand } from '../domain/review.commands.js';
import type { ReviewEvent } from '../domain/review.events.js';
import type { CommandOptions } from './review-command.js';

type Who = Pick<CommandMetadata, 'workspaceId' | 'now'>;

/** What every command on a review is told: who is who now, who acts for whom, what the door found this person may do here. */
@Injectable()
export class ReviewFacts {
  constructor(
    private readonly directory: Directory,
    private readonly delegations: Delegations,
  ) {}

  of({ workspaceId, now }: Who, { may }: CommandOptions): Facts {
    return {
      directory: this.directory.snapshot(workspaceId),
      delegations: this.delegations.at(workspaceId, now),
      may: may ?? { reassign: false, dismiss: false, override: false },
    };
  }

  /**
   * What is recorded in the name of another person relies on the delegations behind it, and on the people they lead by:
   * the append checks that they are as they were when it was decided, and where they are not, it is decided again on
   * what they are. What the actor's own right is found in comes with the command.
   */
  premises({ workspaceId, now, actor }: CommandMetadata): Premises<ReviewEvent, ReviewCommand> {
    let known = this.delegations.at(workspaceId, now);
    let people = this.directory.snapshot(workspaceId);
    return {
      seen: (events) => {
        const delegators = principalsOf(events).flatMap((principal) => known.between(actor.id, principal));
        return new Map([...known.reliesOn(delegators), ...people.reliesOn(delegators)]);
      },
      renewed: async (command) => {
        await Promise.all([this.delegations.current(), this.directory.current()]);
        known = this.delegations.at(workspaceId, now);
        people = this.directory.snapshot(workspaceId);
        return { ...command, facts: { ...command.facts, directory: people, delegations: known } } as ReviewCommand;
      },
    };
  }
}

const principalsOf = (events: readonly ReviewEvent[]): readonly string[] => [
  ...new Set(events.flatMap((event) => inWhoseName(event) ?? [])),
];

/** In whose name an event was brought about; undefined in the actor's own. */
export const inWhoseName = ({ data }: ReviewEvent): string | undefined =>
  'onBehalfOf' in data ? data.onBehalfOf : undefined;
