import { derivedId } from '#libs/kernel/domain/ids';

export const DEMO_PASSWORD = 'countersign-demo';
export const DEMO_WORKSPACE = 'demo';
export const OTHER_WORKSPACE = 'other';

export type Role = 'admin' | 'officer' | 'manager' | 'viewer' | 'auditor' | 'assistant';

export interface Member {
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly workspaceId: string;
}

const member = (username: string, displayName: string, role: Role, workspaceId = DEMO_WORKSPACE): Member => ({
  username,
  displayName,
  role,
  workspaceId,
});

/** Who can sign in to the demo, all with the same public password. */
export const cast = [
  member('admin', 'Ada Admin', 'admin'),
  member('officer', 'Olly Officer', 'officer'),
  member('officer2', 'Orla Officer', 'officer'),
  member('manager', 'Mia Manager', 'manager'),
  member('manager2', 'Max Manager', 'manager'),
  member('manager3', 'Mona Manager', 'manager'),
  member('viewer', 'Vic Viewer', 'viewer'),
  member('auditor', 'Ann Auditor', 'auditor'),
  member('writer', 'Wren Writer', 'assistant'),
  member('other-admin', 'Otto Other', 'admin', OTHER_WORKSPACE),
] as const;

/** The command id of one step of the demo: the same in every run, so that a second run changes nothing. */
export const demoCommandId = (...parts: readonly (string | number)[]): string => derivedId('demo', ...parts);

export const registrationOf = (username: string): string => demoCommandId('register', username);

export const userIdOf = (username: string): string => derivedId(registrationOf(username), 'user', 0);
