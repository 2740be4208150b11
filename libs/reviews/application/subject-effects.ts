import { Injectable } from '@nestjs/common';
import type { IrreversibleEffect } from '../domain/review.commands.js';

/** Whose approval is asked about. */
export type ApprovedSubject = Readonly<{ workspaceId: string; reviewId: string; type: string; id: string }>;

/**
 * What other rooms did on the strength of an approval and cannot undo: money paid out, a contract signed. Such an
 * approval is neither revised nor reopened. A room that does such things provides this.
 */
export abstract class SubjectEffects {
  abstract irreversible(subject: ApprovedSubject): Promise<IrreversibleEffect | undefined>;
}

/** Of an installation in which approvals are only recorded. */
@Injectable()
export class NoEffects extends SubjectEffects {
  override async irreversible(): Promise<undefined> {
    return undefined;
  }
}
