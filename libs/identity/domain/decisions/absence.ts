import { InvalidUser, NoSuchAbsence, UserNotActive } from '../identity.errors.js';
import type { EndAbsence, EnterAbsence } from '../user.commands.js';
import type { UserEvent } from '../user.events.js';
import { isRegistered, type User } from '../user.state.js';

/** Absences may overlap, and each has its own substitute. Whether that one can act is for the delegation to say. */
export function enterAbsence({ data, metadata }: EnterAbsence, user: User): readonly UserEvent[] {
  if (!isRegistered(user) || user.status === 'deactivated') throw new UserNotActive();
  const { now: at, actor } = metadata;
  if (data.until <= data.from) throw new InvalidUser('/until', 'until must be later than from.');
  if (data.until <= at) throw new InvalidUser('/until', 'This absence is over already.');
  if (data.substituteId === actor.id && actor.id !== data.userId)
    throw new InvalidUser(
      '/substitute',
      'Nobody names themselves as the substitute of another: the person does so, or somebody else who may.',
    );
  return [{ type: 'AbsenceEntered', data: { ...data, enteredBy: actor.id, at } }];
}

export function endAbsence({ data, metadata }: EndAbsence, user: User): readonly UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  const { now: at, actor } = metadata;
  const absence = user.absences.find(({ absenceId }) => absenceId === data.absenceId);
  if (!absence) throw new NoSuchAbsence();
  if (absence.until <= at) return [];
  return [{ type: 'AbsenceEnded', data: { ...data, endedBy: actor.id, at } }];
}
