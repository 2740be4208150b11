import { sameJson } from '#libs/kernel/domain/json';
import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** Steps by key, against the version before: what reviews that start from now on find other than those that run. */
export interface StepsImpact {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Still there, and otherwise than before; its place does not count. */
  readonly changed: readonly string[];
}

export function stepsImpact(before: Definition | undefined, after: Definition): StepsImpact {
  const was = new Map((before?.steps ?? []).map((step) => [step.key, step]));
  const is = new Map(after.steps.map((step) => [step.key, step]));
  return {
    added: [...is.keys()].filter((key) => !was.has(key)),
    removed: [...was.keys()].filter((key) => !is.has(key)),
    // In whatever order the log gives their members back.
    changed: [...is].flatMap(([key, step]) => (was.has(key) && !sameJson(was.get(key), step) ? [key] : [])),
  };
}
