import { specFor } from '#libs/testing/given';
import { workflowDecider } from './workflow.decider.js';
import { DefinitionInvalid, WorkflowKeyTaken, WorkflowNotFound, WorkflowStateRefused } from './workflow.errors.js';
import {
  at,
  create,
  drafted,
  LOANS,
  loans,
  publish,
  published,
  replace,
  replaced,
  retire,
  retired,
} from './workflow.examples.js';
import type { WorkflowEvent } from './workflow.events.js';

const given = specFor(workflowDecider);
const abandoned: WorkflowEvent = { type: 'DraftAbandoned', data: { workflowId: LOANS, at: at('08:00') } };

describe('CreateWorkflow', () => {
  it('records the first draft', () => given().when(create(loans())).then(drafted(loans())));
  it('refuses a stream that holds a workflow', () =>
    given(drafted(loans())).when(create(loans())).thenRefuses(WorkflowKeyTaken));
  it('begins where an earlier attempt lost its key and has got it back', () =>
    given(abandoned).when(create(loans())).then(drafted(loans())));
});

describe('ReplaceDraft', () => {
  it('records the new draft', () =>
    given(drafted(loans()))
      .when(replace(loans(2)))
      .then(replaced(loans(2))));
  it('changes nothing when the draft is the same', () => given(drafted(loans())).when(replace(loans())).thenNothing());
  it('refuses another key', () =>
    given(drafted(loans()))
      .when(replace({ ...loans(), key: 'other' }))
      .thenRefuses(DefinitionInvalid));
  it('refuses a retired workflow', () =>
    given(drafted(loans()), retired())
      .when(replace(loans(2)))
      .thenRefuses(WorkflowStateRefused));
  it('refuses what does not exist', () => {
    given().when(replace(loans())).thenRefuses(WorkflowNotFound);
    given(abandoned).when(replace(loans())).thenRefuses(WorkflowNotFound);
  });
});

describe('PublishWorkflow', () => {
  it('publishes the draft as version 1', () => given(drafted(loans())).when(publish()).then(published(1, loans())));
  it('changes nothing when the draft is published already', () =>
    given(drafted(loans()), published(1, loans())).when(publish('13:00')).thenNothing());
  it('publishes a changed draft as the next version', () =>
    given(drafted(loans()), published(1, loans()), replaced(loans(2)))
      .when(publish())
      .then(published(2, loans(2))));
  it('publishes a return to an older version as a version of its own', () =>
    given(drafted(loans()), published(1, loans()), replaced(loans(2)), published(2, loans(2)), replaced(loans()))
      .when(publish())
      .then(published(3, loans())));
  it('refuses to name rules that nobody has published', () => {
    const named = { ...loans(), auto: { ruleset: 'loan-auto' } };
    given(drafted(named)).when(publish()).thenRefuses(DefinitionInvalid);
    const found = { ...publish(), facts: { rulesets: ['loan-auto'] } };
    given(drafted(named)).when(found).then(published(1, named));
  });
  it('refuses a retired workflow', () =>
    given(drafted(loans()), retired()).when(publish()).thenRefuses(WorkflowStateRefused));
  it('refuses what does not exist', () => given().when(publish()).thenRefuses(WorkflowNotFound));
});

describe('RetireWorkflow', () => {
  it('retires a published workflow', () =>
    given(drafted(loans()), published(1, loans())).when(retire()).then(retired()));
  it('retires once', () => given(drafted(loans()), retired()).when(retire('13:00')).thenNothing());
  it('refuses what does not exist', () => given().when(retire()).thenRefuses(WorkflowNotFound));
});
