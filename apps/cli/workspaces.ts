import type { INestApplicationContext } from '@nestjs/common';
import { AccessState } from '#libs/identity/application/access-state';
import { isWorkspaceName } from '#libs/identity/domain/workspace.decider';
import { CliError } from './cli-error.js';

/** Of an option or argument that names a workspace, also one that is still to be opened. @throws CliError */
export function workspaceName(name: string): string {
  if (isWorkspaceName(name)) return name;
  throw new CliError(`${name} is no name for a workspace: up to 63 of a-z, 0-9 and -, not beginning with -.`);
}

/** Refuses a workspace that nobody belongs to, before anything is done in it. @throws CliError */
export function refuseUnknown(workspaceId: string, app: INestApplicationContext): void {
  const known = app.get(AccessState).workspaceIds();
  if (known.includes(workspaceId)) return;
  const there = known.length === 0 ? 'there is none yet' : `there are ${known.join(', ')}`;
  throw new CliError(
    `There is no workspace ${workspaceId}; ${there}. A new one is opened by: countersign workspace create.`,
  );
}
