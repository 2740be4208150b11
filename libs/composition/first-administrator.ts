import { readFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AccessState } from '#libs/identity/application/access-state';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import { WorkspaceStreams } from '#libs/identity/application/workspace-streams';
import { UsernameTaken, WorkspaceExists } from '#libs/identity/domain/identity.errors';
import { checkPassword } from '#libs/identity/domain/password';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import type { Core } from './core.js';

export interface FirstAdministrator {
  readonly username: string;
  readonly password: string;
  readonly workspaceId: string;
  /** An administrator, unless told. */
  readonly role?: 'admin' | 'assistant';
}

export interface AccountTools {
  readonly commands: CommandBus;
  readonly access: AccessState;
  readonly now: Date;
}

/**
 * Makes the person who makes all others. Outside demo mode nobody exists before.
 * @returns false when the user name is taken already: then nothing changes, the password neither.
 */
export async function makeFirstAdministrator(
  { username, password, workspaceId, role = 'admin' }: FirstAdministrator,
  { commands, access, now }: AccountTools,
): Promise<boolean> {
  if (access.userNamed(username)) return false;
  const commandId = derivedId(role === 'admin' ? 'first-administrator' : role, workspaceId, username);
  const actorId = role === 'admin' ? 'system:init' : 'system:cli';
  const metadata = operatorCommand(commandId, actorId, { username }, workspaceId, now);
  await commands.execute(new RegisterUserCommand({ username, roles: [role], password }, metadata));
  return true;
}

/**
 * Opens a workspace and makes its first administrator; after an interruption, the same again brings it to its end.
 * @throws UsernameTaken, WorkspaceExists: then nothing has changed.
 */
export async function createWorkspace(
  { username, password, workspaceId }: FirstAdministrator,
  { workspaces, ...tools }: AccountTools & { readonly workspaces: WorkspaceStreams },
): Promise<void> {
  if (tools.access.userNamed(username)) throw new UsernameTaken();
  if (tools.access.workspaceIds().includes(workspaceId)) throw new WorkspaceExists();
  checkPassword(password, username);
  const commandId = derivedId('create-workspace', workspaceId, username);
  const metadata = operatorCommand(commandId, 'system:cli', { workspaceId, username }, workspaceId, tools.now);
  await workspaces.handle(workspaceId, { type: 'CreateWorkspace', data: { workspaceId }, facts: {}, metadata });
  if (!(await makeFirstAdministrator({ username, password, workspaceId }, tools))) throw new UsernameTaken();
}

const operatorCommand = (
  commandId: string,
  actorId: string,
  body: Readonly<Record<string, string>>,
  workspaceId: string,
  now: Date,
): CommandMetadata => ({
  commandId,
  commandHash: sha256(canonicalJson(body)),
  actor: { id: actorId, kind: 'system', roles: [] },
  workspaceId,
  now: now.toISOString(),
  correlationId: commandId,
  causationId: commandId,
});

/** The one named by the configuration, if any. */
export async function makeConfiguredAdministrator(
  app: INestApplicationContext,
  { config, clock }: Core,
): Promise<void> {
  if (!config.firstAdministrator) return;
  const { username, passwordFile, workspaceId } = config.firstAdministrator;
  const password = readFileSync(passwordFile, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  const tools = { commands: app.get(CommandBus), access: app.get(AccessState), now: clock.now() };
  await makeFirstAdministrator({ username, password, workspaceId }, tools);
}
