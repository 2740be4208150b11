import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { AdministratorFacts, PlaceFacts, UserCommand } from './user.commands.js';
import type { UserEvent } from './user.events.js';

/** One day at the bank: 22 November 2026. */
export const at = (time: string) => `2026-11-22T${time}:00.000Z`;

export const metadata = (time: string): CommandMetadata => ({
  commandId: `command at ${time}`,
  commandHash: '',
  actor: { id: 'usr_admin', kind: 'user', roles: ['admin'] },
  workspaceId: 'demo',
  now: at(time),
  correlationId: 'c',
  causationId: 'c',
});

type Data<Type extends UserCommand['type']> = Extract<UserCommand, { type: Type }>['data'];

/** A bank where every place is there, everybody is active, nobody has a manager, and there is another administrator. */
export const facts: PlaceFacts & AdministratorFacts = {
  standingOf: () => 'active',
  managerOf: () => undefined,
  isBranch: () => true,
  isDepartment: () => true,
  isPosition: () => true,
  anotherAdministrator: { userId: 'ada', revision: 0n },
};

export const order = <Type extends UserCommand['type']>(
  type: Type,
  data: Data<Type>,
  time: string,
  known: Partial<typeof facts> = {},
): UserCommand => ({ type, data, facts: { ...facts, ...known }, metadata: metadata(time) }) as unknown as UserCommand;

/** Ann, an officer since nine. */
export const ann: UserEvent = {
  type: 'UserRegistered',
  data: {
    userId: 'usr_ann',
    username: 'ann',
    workspaceId: 'demo',
    branchId: 'HQ',
    roles: [{ role: 'officer', from: at('09:00'), to: null }],
    registeredBy: 'usr_admin',
    registeredAt: at('09:00'),
  },
};
