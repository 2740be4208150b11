/**
 * What each event says in one line. `{place}` reads the event's data; a `[part]` is left out when its places are empty.
 * Only members that are never personal may stand here: no content, title, note, comment, text or reason.
 */
export const summaries: Readonly<Record<string, string>> = {
  ReviewStarted:
    'Submitted {subject.type} {subject.id} for review under {workflow.key} version {workflow.version}[, on behalf of {onBehalfOf}]',
  StepStarted: 'Step {step} started, round {round}[, due {clock.dueAt}]',
  StepBlocked: 'Step {step} is blocked ({code}): {need} needed, {have} there[; asked to route it: {fallback*}]',
  StepUnblocked: 'Step {step} is no longer blocked',
  DecisionRecorded: 'Decided {verdict} on step {step}, revision {revision}[, on behalf of {onBehalfOf}]',
  DecisionsInvalidated: '{decisionIds#} decision(s) no longer count[ after changes to {paths*}]',
  StepCompleted: 'Step {step} completed with {proof.have} of {proof.need}',
  StepRejected: 'Step {step} rejected ({reason})',
  ReviewApproved: 'Review approved, revision {revision}',
  ReviewRejected: 'Review rejected at step {step}',
  ChangesRequested: 'Requested {items#} change(s) on step {step}, revision {revision}[, on behalf of {onBehalfOf}]',
  ChangeItemsCleared: '{itemIds#} requested change(s) settled ({how})',
  SubjectRevised: 'Resubmitted as revision {revision.revision}, round {round}[; changed {changedPaths*}]',
  AssignmentAdded: 'Added {assignment.kind} {assignment.ref} to step {step} ({assignment.origin})',
  AssignmentTransferred: 'Transferred an assignment of step {step} to {successor.kind} {successor.ref}',
  RungFired:
    'Escalation {rung.id} of step {step}: {rung.action}[ to role {rung.to.role}][ to user {rung.to.user}], by {by}',
  RungSkipped: 'Escalation {rungId} of step {step} skipped ({reason})',
  SlaPaused: 'SLA clock of step {step} paused ({cause})',
  SlaResumed: 'SLA clock of step {step} resumed[, due {clock.dueAt}]',
  SlaBreached: 'SLA of step {step} breached, due {dueAt}',
  ReviewWithdrawn: 'Review withdrawn[, on behalf of {onBehalfOf}]',
  ReviewExpired: 'Review expired at step {step}',
  StartAbandoned: 'A start that lost to another one was closed',
  CommentAdded: 'Commented on review {reviewId}',
  WorkflowDrafted: 'Drafted workflow {definition.key} with {definition.steps#} step(s)',
  WorkflowDraftReplaced: 'Replaced the draft of workflow {definition.key}, {definition.steps#} step(s)',
  WorkflowPublished: 'Published workflow {definition.key} version {version}',
  WorkflowRetired: 'Workflow retired',
  CalendarPublished: 'Published calendar {key} version {version}, timezone {rules.timezone}',
  CalendarAbandoned: 'A calendar that lost its key to another one was closed',
  DraftAbandoned: 'A workflow that lost its key to another one was closed',
  DelegationCreated:
    'User {delegatorId} delegated to {delegateId} from {from} until {until}[, workflows {scope.workflowKeys*}][, steps {scope.stepKeys*}] ({source})',
  DelegationRevoked: 'Ended the delegation of user {delegatorId} to {delegateId}',
  UserRegistered: 'Registered user {userId} in branch {branchId}',
  RoleGranted: 'Granted role {role} to user {userId}[ until {to}]',
  RoleRevoked: 'Revoked role {role} from user {userId}',
  UserDeactivated: 'Deactivated user {userId}',
  RegistrationAbandoned: 'A registration that lost its username to another one was closed',
  SessionRevoked: 'Ended a session of user {userId} ({cause})',
  Claimed: 'Claimed {kind} for {holder}',
};
