import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { SubmittedDraft } from '../domain/draft.decider.js';
import { DraftStreams } from './draft-streams.js';

@Injectable()
export class DraftQueries {
  constructor(private readonly drafts: DraftStreams) {}

  /** Unknown, or not of this workspace: `NotFound`. */
  async find(workspaceId: string, draftId: string): Promise<SubmittedDraft> {
    const { state } = await this.drafts.load(draftId, { workspaceId });
    if (state.status !== 'submitted') throw new NotFound();
    return state;
  }
}
