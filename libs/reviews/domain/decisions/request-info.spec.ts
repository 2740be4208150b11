import {
  approve,
  at,
  definition,
  directory,
  fireTimer,
  loan,
  manager,
  provideInfo,
  reject,
  requestChanges,
  requestInfo,
  resubmit,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';

const sla = { value: 8, unit: 'WALL_HOUR' } as const;
const workflow = definition(step('check', { rule: { count: 2 }, sla }), step('sign', { assignees: [manager()] }));
const asked = Story.of(start(workflow), approve('bob'), requestInfo('ann', { time: '11:00' }));

describe('RequestInfo', () => {
  it('asks the submitter and stops the clock', () => {
    expect(asked.types).toEqual(['InfoRequested', 'SlaPaused']);
    expect(asked.find('InfoRequested')).toMatchObject({ requestedBy: 'ann', question: 'Who is the employer?' });
    expect(asked.find('SlaPaused')).toMatchObject({ cause: 'info_requested', consumedMs: 7_200_000 });
    expect(asked.review.status).toBe('info_requested');
  });

  it('fills no assignment and may be asked by somebody who has approved already', () => {
    expect(asked.started.decisions).toHaveLength(1);
    expect(Story.of(start(workflow), approve('ann'), requestInfo('ann')).review.status).toBe('info_requested');
  });

  it('lets nobody decide before the answer', () => {
    expect(asked.refusal(approve('ann')).code).toBe('invalid-state');
    expect(asked.refusal(requestInfo('ann')).code).toBe('invalid-state');
    expect(asked.refusal(requestChanges('ann')).code).toBe('invalid-state');
  });

  it('passes the same guard as a decision', () => {
    const story = Story.of(start(workflow));
    expect(story.refusal(requestInfo('olly')).code).toBe('four-eyes');
    expect(story.refusal(requestInfo('vic')).code).toBe('not-eligible');
    expect(story.and(reject('ann')).refusal(requestInfo('bob')).code).toBe('step-resolved');
    expect(story.refusal(requestInfo('mia', { onBehalfOf: 'olly' })).code).toBe('four-eyes');
  });

  it('makes timers of before nothing', () => {
    const { executionId } = asked.find('StepStarted');
    expect(asked.and(fireTimer({ executionId, kind: 'breach', generation: 1 }, { time: '19:00' })).last).toEqual([]);
  });
});

describe('ProvideInfo', () => {
  it('answers, and review goes on where it was, decisions included', () => {
    const story = asked.and(provideInfo('olly', { time: '15:00' }));
    expect(story.types).toEqual(['InfoProvided', 'SlaResumed']);
    expect(story.find('SlaResumed').clock).toMatchObject({ consumedMs: 7_200_000, dueAt: at('21:00'), generation: 2 });
    expect(story.started).toMatchObject({ status: 'in_review', round: 1 });
    expect(story.started.infoRequests).toMatchObject([
      { question: 'Who is the employer?', answer: { text: 'The city', providedBy: 'olly', at: at('15:00') } },
    ]);
    expect(story.and(approve('ann')).types).toContain('StepCompleted');
  });

  it('attributes the wait to the submitter', () => {
    const story = asked.and(provideInfo('olly', { time: '15:00' }), approve('ann', { time: '15:00' }));
    expect(story.started.executions[0]?.clock.attributedMs).toMatchObject({ submitter: 4 * 3_600_000 });
  });

  it('is the submitter’s or his delegate’s alone', () => {
    expect(asked.refusal(provideInfo('bob'))).toMatchObject({
      code: 'not-eligible',
      details: { whoCan: ['user:olly'] },
    });
    expect(asked.and(provideInfo('mia', { onBehalfOf: 'olly' })).find('InfoProvided')).toMatchObject({
      providedBy: 'mia',
      onBehalfOf: 'olly',
    });
  });

  it('needs a question, and says so before it says who may answer', () => {
    expect(Story.of(start(workflow)).refusal(provideInfo('bob')).code).toBe('invalid-state');
    expect(asked.and(provideInfo()).refusal(provideInfo()).code).toBe('invalid-state');
    expect(asked.and(withdraw()).refusal(provideInfo()).code).toBe('step-resolved');
  });

  it('may be given by a new revision instead', () => {
    const story = asked.and(resubmit({ ...loan, employer: 'The city' }, { time: '15:00' }));
    expect(story.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted', 'SlaResumed']);
    expect(story.started).toMatchObject({ status: 'in_review', round: 2 });
    const { clock } = story.find('SlaResumed');
    expect(clock).toMatchObject({ consumedMs: 7_200_000, dueAt: at('21:00') });
  });

  it('leaves a step open whose people are there, and blocks one whose people have left meanwhile', () => {
    const gone = directory({ userId: 'ann', roles: [], active: true });
    expect(asked.and(provideInfo('olly', { directory: gone })).types).toEqual([
      'InfoProvided',
      'SlaResumed',
      'StepBlocked',
    ]);
  });
});
