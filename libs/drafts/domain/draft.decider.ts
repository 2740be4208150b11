import type { Decider } from '#libs/kernel/domain/decider';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Command } from '#libs/kernel/domain/message';
import type { DraftEvent, Provenance } from './draft.events.js';

/** A draft as its maker handed it in. */
export type Draft =
  | Readonly<{ status: 'unknown' }>
  | (Readonly<{ status: 'submitted' }> & Extract<DraftEvent, { type: 'DraftSubmitted' }>['data']);

export type SubmittedDraft = Extract<Draft, { status: 'submitted' }>;

export type SubmitDraft = Command<
  'SubmitDraft',
  {
    draftId: string;
    reviewId: string;
    subject: { type: string; id: string };
    provenance: Provenance;
    requestedBy?: string;
  },
  {
    subjectRef: string;
    callback: SubmittedDraft['callback'];
    /** The account that `requestedBy` names in this workspace. */
    requester?: Requester | undefined;
  }
>;

type Requester = Readonly<{ active: boolean; roles: readonly string[] }>;

export class DraftExists extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';

  constructor() {
    super('This draft was submitted before.');
  }
}

/** A member of a draft that cannot be; `pointer` names it. */
export class DraftInvalid extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(pointer: string, code: string, detail: string) {
    super(detail, { errors: [{ pointer, code, detail }] });
  }
}

/** Programs write for people, never for each other. */
const programs: readonly string[] = ['assistant', 'service'];

const isPerson = (account: Requester | undefined): boolean =>
  account?.active === true && !account.roles.some((role) => programs.includes(role));

/** A draft is handed in once; whatever happens to it happens in its review. */
export const draftDecider: Decider<Draft, SubmitDraft, DraftEvent> = {
  initialState: { status: 'unknown' },
  evolve: (_, { data }) => ({ status: 'submitted', ...data }),
  decide({ data, facts, metadata }, draft) {
    if (draft.status !== 'unknown') throw new DraftExists();
    const { requester, ...sealed } = facts;
    if (data.requestedBy !== undefined && !isPerson(requester))
      throw new DraftInvalid('/requestedBy', 'unknown', 'Whoever a draft is written for is an active person here.');
    return [{ type: 'DraftSubmitted', data: { ...data, ...sealed, assistantId: metadata.actor.id, at: metadata.now } }];
  },
};
