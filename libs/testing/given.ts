import type { Decider } from '#libs/kernel/domain/decider';
import type { DomainError } from '#libs/kernel/domain/domain-error';
import type { Command, DomainEvent } from '#libs/kernel/domain/message';

type Refusal = abstract new (...args: never[]) => DomainError;

/** given(history).when(command).then(events) over any decider: no store, no Nest, no clock. */
export const specFor =
  <State, C extends Command, E extends DomainEvent>(decider: Decider<State, C, E>) =>
  (...history: readonly E[]) => ({
    when: (command: C) => {
      const run = () => decider.decide(command, foldAll(decider, history));
      return {
        then: (...expected: readonly E[]) => expect(run()).toEqual(expected),
        thenNothing: () => expect(run()).toEqual([]),
        thenRefuses: (refusal: Refusal) => expect(run).toThrow(refusal as unknown as new () => DomainError),
      };
    },
  });

/** The state after these events, recorded at midnight by nobody in particular. */
export const foldAll = <State, C extends Command, E extends DomainEvent>(
  decider: Decider<State, C, E>,
  history: readonly E[],
): State =>
  history.reduce(
    (state, event, i) =>
      decider.evolve(state, event, {
        revision: BigInt(i),
        recordedAt: '2026-11-22T00:00:00.000Z',
        actorId: 'somebody',
      }),
    decider.initialState,
  );
