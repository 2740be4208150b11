import { Injectable, Logger } from '@nestjs/common';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { DelegationRefused } from '../domain/delegation.errors.js';
import { AbsenceCover } from './absence-cover.js';
import { ABSENCES, type AbsenceTold } from './absences.js';

/** Does what was not done when the absence was entered or ended, as when the process died in between. */
@Injectable()
export class AbsenceTarget implements CommandTarget {
  readonly name = ABSENCES;
  private readonly logger = new Logger(AbsenceTarget.name);

  constructor(private readonly cover: AbsenceCover) {}

  async execute({ workspaceId, now, payload }: Parameters<CommandTarget['execute']>[0]): Promise<boolean> {
    const told = payload as unknown as AbsenceTold;
    const place = { workspaceId, now };
    try {
      await (told.cover ? this.cover.begin(told, place) : this.cover.end(told.absenceId, place));
      return true;
    } catch (refusal) {
      if (!(refusal instanceof DelegationRefused)) throw refusal;
      // What stood when the absence was entered stands no more; whoever is away is away, with nobody in their place.
      this.logger.warn({ absenceId: told.absenceId }, 'An absence has no substitute.');
      return false;
    }
  }
}
