import {
  eligibilityAgreesWithDecide,
  explanationIsEmptyExactlyWhenATransitionFollows,
  explanationNamesWhoCanAct,
} from './explanation.properties.examples.js';

describe('Whatever has happened to a review', () => {
  it('the explanation of a step is empty exactly when its outcome follows', () =>
    explanationIsEmptyExactlyWhenATransitionFollows(150));

  it('whom the explanation names can act', () => explanationNamesWhoCanAct(60));

  it('eligibility agrees with deciding, for everybody at every revision', () => eligibilityAgreesWithDecide(40));
});
