import { DomainError } from '#libs/kernel/domain/domain-error';

/** One thing wrong with a definition: where (JSON pointer), what (stable code), and how to mend it. */
export type Fault = Readonly<{ pointer: string; code: FaultCode; detail: string }>;

export type FaultCode =
  | 'required'
  | 'wrong-type'
  | 'bad-format'
  | 'out-of-range'
  | 'too-many'
  | 'unknown-member'
  | 'unknown-value'
  | 'duplicate'
  | 'contradiction'
  | 'unsatisfiable'
  | 'not-allowed'
  | 'not-supported'
  | 'immutable';

/** What is no fault and may not be what was meant. */
export type Warning = Readonly<{
  pointer: string;
  code: FaultCode | 'unknown-person' | 'inactive-person' | 'unknown-role' | 'nobody-can-decide';
  detail: string;
}>;

/** The definition cannot be executed as it is written; every fault is listed at once. */
export class DefinitionInvalid extends DomainError {
  readonly code = 'definition-invalid';
  readonly kind = 'invalid';

  constructor(readonly faults: readonly Fault[]) {
    super(faults.length === 1 ? 'The definition has a fault.' : `The definition has ${faults.length} faults.`, {
      errors: faults,
    });
  }
}

export class WorkflowKeyTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind = 'conflict';

  constructor(key: string, workflowId: string) {
    super(`A workflow with the key ${key} exists in this workspace.`, { workflowId });
  }
}

/** What was asked does not fit where the workflow stands: retired, or never published. */
export class WorkflowStateRefused extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';
}

export class WorkflowNotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';
}
