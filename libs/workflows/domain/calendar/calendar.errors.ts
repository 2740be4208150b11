import { DomainError } from '#libs/kernel/domain/domain-error';

export class CalendarKeyTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind = 'conflict';

  constructor(key: string, calendarId: string) {
    super(`A calendar with the key ${key} exists in this workspace.`, { calendarId });
  }
}

export class CalendarNotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';
}
