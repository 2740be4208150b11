import type { DelegationsView } from '#libs/delegations/application/delegations';
import { workFor } from '#libs/delegations/application/principals-in';
import { canDecide, type Directory } from '../domain/directory.js';
import { superiorsOf } from '../domain/four-eyes.js';

/**
 * A person as the owner of an inbox: what is known now of the person, and of the people the person acts for. Somebody
 * whose roles let decide nothing decides nothing in another's name either: no line of theirs is his work.
 */
export function inboxOwner(
  { workspaceId, userId }: Readonly<{ workspaceId: string; userId: string }>,
  people: Pick<Directory, 'person'>,
  delegations: DelegationsView,
) {
  const above = (...userIds: readonly string[]) => [...new Set(userIds.flatMap((id) => superiorsOf(id, people)))];
  const person = people.person(userId);
  const mayDecide = canDecide(person);
  const work = mayDecide ? workFor(delegations, people, userId) : [];
  return {
    workspaceId,
    userId,
    roles: person?.roles ?? [],
    superiors: above(userId),
    mayDecide,
    actsFor: work
      .filter((it) => canDecide(people.person(it.userId)))
      .map((it) => ({ ...it, superiors: above(...it.path) })),
  };
}
