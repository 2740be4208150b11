import type { Step } from '#libs/kernel/domain/workflow-definition';

/** Places of the steps that run together: a step and those after it that are marked `parallel`. */
export type Stage = readonly number[];

const cut = new WeakMap<readonly Step[], readonly Stage[]>();

/** The stages of a definition, in order. A stage starts when every step of the one before is satisfied or skipped. */
export function stagesOf(steps: readonly Step[]): readonly Stage[] {
  const known = cut.get(steps);
  if (known) return known;
  const stages: number[][] = [];
  for (const [index, { parallel }] of steps.entries()) {
    const stage = stages.at(-1);
    if (parallel && stage) stage.push(index);
    else stages.push([index]);
  }
  cut.set(steps, stages);
  return stages;
}

/** The stage that a step belongs to. */
export const stageOf = (steps: readonly Step[], index: number): Stage =>
  stagesOf(steps).find((stage) => stage.includes(index)) ?? [index];
