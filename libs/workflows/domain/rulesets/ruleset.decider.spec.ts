import { specFor } from '#libs/testing/given';
import { at } from '../workflow.examples.js';
import { DefinitionInvalid } from '../workflow.errors.js';
import { rulesetDecider } from './ruleset.decider.js';
import { RulesetKeyTaken, RulesetNotFound } from './ruleset.errors.js';
import type { RulesetEvent } from './ruleset.events.js';
import { AUTO, create, drafted, publish, published, replace, replaced, small } from './ruleset.examples.js';

const given = specFor(rulesetDecider);
const abandoned: RulesetEvent = { type: 'RulesetAbandoned', data: { rulesetId: AUTO, at: at('08:00') } };

describe('CreateRuleset', () => {
  it('records the first draft', () => given().when(create(small())).then(drafted(small())));
  it('refuses a stream that holds a ruleset', () =>
    given(drafted(small())).when(create(small())).thenRefuses(RulesetKeyTaken));
  it('begins where an earlier attempt lost its key and has got it back', () =>
    given(abandoned).when(create(small())).then(drafted(small())));
});

describe('ReplaceRulesetDraft', () => {
  it('records the new draft', () =>
    given(drafted(small()))
      .when(replace(small('70000')))
      .then(replaced(small('70000'))));
  it('changes nothing when the draft is the same', () => given(drafted(small())).when(replace(small())).thenNothing());
  it('refuses another key', () =>
    given(drafted(small()))
      .when(replace({ ...small(), key: 'other' }))
      .thenRefuses(DefinitionInvalid));
  it('refuses what does not exist', () => {
    given().when(replace(small())).thenRefuses(RulesetNotFound);
    given(abandoned).when(replace(small())).thenRefuses(RulesetNotFound);
  });
});

describe('PublishRuleset', () => {
  it('publishes the draft as version 1', () => given(drafted(small())).when(publish()).then(published(1, small())));
  it('changes nothing when the draft is published already', () =>
    given(drafted(small()), published(1, small())).when(publish('13:00')).thenNothing());
  it('publishes a changed draft as the next version', () =>
    given(drafted(small()), published(1, small()), replaced(small('70000')))
      .when(publish())
      .then(published(2, small('70000'))));
  it('publishes a return to an older version as a version of its own', () =>
    given(drafted(small()), published(1, small()), replaced(small('7')), published(2, small('7')), replaced(small()))
      .when(publish())
      .then(published(3, small())));
  it('refuses what does not exist', () => given().when(publish()).thenRefuses(RulesetNotFound));
});
