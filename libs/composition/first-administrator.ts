import { readFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AccessState } from '#libs/identity/application/access-state';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import type { Core } from './core.js';

export interface FirstAdministrator {
  readonly username: string;
  readonly password: string;
  readonly workspaceId: string;
  /** An administrator, unless told. */
  readonly role?: 'admin' | 'assistant';
}

/**
 * Makes the person who makes all others. Outside demo mode nobody exists before.
 * @returns false when the user name is taken already: then nothing changes, the password neither.
 */
export async function makeFirstAdministrator(
  { username, password, workspaceId, role = 'admin' }: FirstAdministrator,
  { commands, access, now }: { commands: CommandBus; access: AccessState; now: Date },
): Promise<boolean> {
  if (access.userNamed(username)) return false;
  const commandId = derivedId(role === 'admin' ? 'first-administrator' : role, workspaceId, username);
  const data = { username, roles: [role] as const };
  await commands.execute(
    new RegisterUserCommand(
      { ...data, password },
      {
        commandId,
        commandHash: sha256(canonicalJson({ username })),
        actor: { id: role === 'admin' ? 'system:init' : 'system:cli', kind: 'system', roles: [] },
        workspaceId,
        now: now.toISOString(),
        correlationId: commandId,
        causationId: commandId,
      },
    ),
  );
  return true;
}

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
