import type { Principal } from '#libs/identity/application/authenticator';
import type { Session } from '#libs/identity/application/sessions';
import { grantsOf } from '#libs/identity/domain/permissions';
import type { MeAnswer, SessionsAnswer } from './auth.dto.js';

export const meAnswer = ({ userId: id, workspaceId, person }: Principal): MeAnswer => ({
  user: { id, username: person.username, roles: [...person.roles], workspaceId },
  permissions: [...grantsOf(person)],
});

export const sessionsAnswer = (sessions: readonly Session[], current: string): SessionsAnswer => ({
  data: sessions.map(({ sessionId, createdAt, refreshedAt, expiresAt, userAgent }) => ({
    id: sessionId,
    createdAt: createdAt.toISOString(),
    refreshedAt: refreshedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    userAgent: userAgent ?? null,
    current: sessionId === current,
  })),
});
