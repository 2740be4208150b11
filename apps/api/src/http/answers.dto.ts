/** Any JSON value, as OpenAPI says it. */
export const anyJson = {
  anyOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'integer' },
    { type: 'boolean' },
    { type: 'null' },
  ],
};

/** What stands in the place of a personal value after it was erased. */
export const erased = {
  type: 'object',
  properties: { $erased: { type: 'boolean', const: true } },
  required: ['$erased'],
  additionalProperties: false,
};

/** One event of a receipt; `data` only in a dry run. */
export class ReceiptEventAnswer {
  /** @example 9f2c1b0e-7d52-5c3e-9a53-6f1d2c9e8b47 */
  id!: string;
  /** @example DecisionRecorded */
  type!: string;
  /** @example 10 */
  revision!: number;
  data?: Record<string, unknown>;
}

export class UnmetAnswer {
  /** @example approvals */
  condition!: string;
  /** @example 1 */
  have!: number;
  /** @example 2 */
  need!: number;
  /** @example ["role:manager"] */
  who!: string[];
}

export class ReviewStateAnswer {
  /** @example in_review */
  status!: string;
  /** @example committee */
  step!: string | null;
  waitingOn!: UnmetAnswer[];
}

/** What a command has recorded, and where things stand after it, folded from the stream. */
export class ReceiptAnswer {
  commandId!: string;
  /** @example review-3b8fd6c0-9a53-5c3e-9a53-6f1d2c9e8b47 */
  stream!: string;
  /** @example 11 */
  revision!: number;
  /** @example 4711 */
  position!: string;
  events!: ReceiptEventAnswer[];
}

export class ReviewReceiptAnswer extends ReceiptAnswer {
  state!: ReviewStateAnswer;
}

export class StartedReceiptAnswer extends ReviewReceiptAnswer {
  reviewId!: string;
}

export class WorkflowStateAnswer {
  /**
   * active or retired
   * @example active
   */
  status!: string;
  /** The newest published version. */
  version!: number | null;
  /** The draft differs from it. */
  draft!: boolean;
}

export class WorkflowReceiptAnswer extends ReceiptAnswer {
  state!: WorkflowStateAnswer;
  workflowId!: string;
  version!: number | null;
}

export class PageAnswer {
  /** Send it as `cursor` for the next page; null on the last one. */
  next!: string | null;
  hasMore!: boolean;
}
