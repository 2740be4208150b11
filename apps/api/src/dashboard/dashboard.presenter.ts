import type { RowAccess } from '#libs/identity/application/row-access';
import { isoDuration } from '#libs/kernel/domain/duration';
import type { Bottleneck } from '#libs/reviews/infrastructure/read-models/dashboard/bottlenecks.query';
import type { Kept, WorkflowPromise } from '#libs/reviews/infrastructure/read-models/dashboard/promises.query';
import type {
  Percentiles,
  WorkAnswer,
  WorkRequest,
} from '#libs/reviews/infrastructure/read-models/dashboard/work-request';
import type { Workload } from '#libs/reviews/infrastructure/read-models/dashboard/workload.query';
import { listed } from '../http/dto.js';
import { invalidParameter } from '../http/validation.js';
import type { BottlenecksAnswer, DurationsAnswer, SlaAnswer, WorkloadAnswer, WorkQuery } from './dashboard.dto.js';

const DAY = 86_400_000;
/** Days that are looked at: unless told, and at most. */
const WINDOW = 30;
const LONGEST_WINDOW = 366;

const day = (instant: number) => new Date(instant).toISOString().slice(0, 'yyyy-mm-dd'.length);

/** By default the last 30 days, today included. @throws InvalidParameter for a window that is none, or too long */
export function requestOf(query: WorkQuery, access: RowAccess, now: string): WorkRequest {
  const to = query.to ?? day(Date.parse(now) + DAY);
  const from = query.from ?? day(Date.parse(to) - WINDOW * DAY);
  const days = (Date.parse(to) - Date.parse(from)) / DAY;
  if (days < 1) throw invalidParameter('to', 'to is the day after the last one, so it must be later than from.');
  if (days > LONGEST_WINDOW) throw invalidParameter('from', `At most ${LONGEST_WINDOW} days are looked at.`);
  const { limit } = query;
  return { access, now, from, to, limit, workflow: listed(query.workflow), branch: listed(query.branch) };
}

export const bottlenecksBody = ({ data, ...answer }: WorkAnswer<Bottleneck>): BottlenecksAnswer => ({
  ...answer,
  data: data.map((line) => ({
    ...line,
    waitsFor: line.waitsFor.map(({ who, open }) => ({ ...assigneeOf(who), open })),
    waiting: durations(line.waiting),
  })),
});

export const workloadBody = ({ data, ...answer }: WorkAnswer<Workload>): WorkloadAnswer => ({
  ...answer,
  data: data.map(({ who, timeToDecide, ...line }) => ({
    assignee: assigneeOf(who),
    ...line,
    timeToDecide: durations(timeToDecide),
  })),
});

export const slaBody = ({ data, ...answer }: WorkAnswer<WorkflowPromise>): SlaAnswer => ({
  ...answer,
  data: data.map(({ workflow, steps, ...all }) => ({
    workflow,
    ...kept(all),
    steps: steps.map(({ step, unit, attribution, ...one }) => {
      const { of, ...spent } = attribution;
      const whole = spent.approver + spent.submitter + spent.hold + spent.blocked;
      const part = (milliseconds: number) => ({
        mean: of === 0 ? null : isoDuration(Math.round(milliseconds / of)),
        percent: percent(milliseconds, whole),
      });
      return {
        step,
        ...kept(one),
        unit,
        attribution: {
          of,
          approver: part(spent.approver),
          submitter: part(spent.submitter),
          hold: part(spent.hold),
          blocked: part(spent.blocked),
        },
      };
    }),
  })),
});

const kept = ({ met, breached, onTrack, atRisk, late, paused }: Kept) => ({
  met,
  breached,
  onTimePercent: percent(met, met + breached),
  open: { onTrack, atRisk, late, paused },
});

/** With two decimals; null of nothing. */
function percent(part: number, whole: number): string | null {
  return whole === 0 ? null : ((100 * part) / whole).toFixed(2);
}

const durations = ({ p50, p90 }: Percentiles): DurationsAnswer => ({
  p50: p50 === null ? null : isoDuration(p50),
  p90: p90 === null ? null : isoDuration(p90),
});

/** `role:officer` → {type: ROLE, id: officer} */
function assigneeOf(who: string): { type: string; id: string | null } {
  if (who === 'submitter') return { type: 'SUBMITTER', id: null };
  const [kind] = who.split(':', 1);
  return { type: kind === 'role' ? 'ROLE' : 'USER', id: who.slice(who.indexOf(':') + 1) };
}
