import type { Definition, Rung, Step, Target } from '#libs/kernel/domain/workflow-definition';
import { ESCALATION } from './read-ladder.js';

/** `escalation` of the plain form. */
export type PlainEscalation = Readonly<{
  afterHours: number;
  action: 'NOTIFY' | 'ADD' | 'REASSIGN' | 'EXPIRE';
  toType: 'USER' | 'ROLE' | null;
  toId: string | null;
  notify: readonly string[];
}>;

/** A step as the API shows it: the normal form, and the members of the plain form wherever they can say the same. */
export type PresentedStep = Step &
  Readonly<{
    index: number;
    /** Null when the step's rule is not a number of approvals. */
    requiredApprovals: number | null;
    slaHours: number | null;
    escalation: PlainEscalation | null;
  }>;

/** What `normalise` accepts again unchanged: read, edit and send back is safe. */
export const presentSteps = ({ steps }: Definition): PresentedStep[] =>
  steps.map((step, index) => ({
    index,
    ...step,
    requiredApprovals: 'count' in step.rule ? step.rule.count : null,
    slaHours: step.sla?.unit === 'WALL_HOUR' ? step.sla.value : null,
    escalation: plainEscalation(step.ladder),
  }));

const PLAIN = { notify: 'NOTIFY', add: 'ADD', transfer: 'REASSIGN', expire: 'EXPIRE' } as const;

function plainEscalation([rung, ...more]: readonly Rung[]): PlainEscalation | null {
  if (rung?.id !== ESCALATION || more.length > 0) return null;
  const hours = /^start\+(\d+)h$/u.exec(rung.at);
  const action = PLAIN[rung.action as keyof typeof PLAIN];
  if (!hours || !action) return null;
  return { afterHours: Number(hours[1]), action, ...plainTarget(rung.to), notify: rung.notify ?? [] };
}

function plainTarget(to: Target | undefined): Pick<PlainEscalation, 'toType' | 'toId'> {
  if (to && 'user' in to) return { toType: 'USER', toId: to.user };
  if (to && 'role' in to) return { toType: 'ROLE', toId: to.role };
  return { toType: null, toId: null };
}
