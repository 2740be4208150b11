import { derivedId } from '#libs/kernel/domain/ids';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';

/** What the directory tells of people who are away. */
type Absent =
  | DomainEvent<
      'AbsenceEntered',
      { userId: string; absenceId: string; from: string; until: string; substituteId?: string }
    >
  | DomainEvent<'AbsenceEnded', { userId: string; absenceId: string }>;

/** Where it goes when somebody is away with a substitute, or back before the time. */
export const ABSENCES = 'delegations.absences';

/** What is told of it: without times, the absence has ended. */
export interface AbsenceTold {
  readonly userId: string;
  readonly absenceId: string;
  readonly cover?: { readonly substituteId: string; readonly from: string; readonly until: string };
}

/** Whoever is away with a substitute has delegated to that one, from the same instant until the same. */
export const absences: ProcessManager<Absent, Record<string, never>> = {
  name: 'absences',
  version: 1,
  types: ['AbsenceEntered', 'AbsenceEnded'],
  key: ({ streamId }) => streamId,
  initialState: {},
  remembers: false,
  react(event, state): Reaction<Record<string, never>> {
    const { streamId, workspaceId } = event;
    const { userId, absenceId } = event.data;
    const told = (id: string, payload: AbsenceTold) => ({
      state,
      outbox: [
        {
          id,
          workspaceId,
          target: ABSENCES,
          orderingKey: streamId,
          payload: payload as AbsenceTold & Record<string, never>,
        },
      ],
    });
    if (event.type === 'AbsenceEnded') return told(uncoverId(absenceId), { userId, absenceId });
    const { substituteId, from, until } = event.data;
    if (substituteId === undefined) return { state };
    return told(coverId(absenceId), { userId, absenceId, cover: { substituteId, from, until } });
  },
};

/** The command that makes the delegation of an absence. */
export const coverId = (absenceId: string): string => derivedId('absence', absenceId, 'cover');
/** The command that ends it. */
export const uncoverId = (absenceId: string): string => derivedId('absence', absenceId, 'uncover');
/** The delegation of an absence. */
export const delegationOf = (absenceId: string): string => derivedId(coverId(absenceId), 'delegation', 0);
