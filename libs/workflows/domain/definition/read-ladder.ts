import type { Rung, RungAction, Sla, Target } from '#libs/kernel/domain/workflow-definition';
import { Form } from './form.js';
import { KEY, KEY_HINT, ROLE, ROLE_HINT } from './key.js';

const ACTIONS = [
  'remind',
  'notify',
  'add',
  'transfer',
  'priority',
  'auto_reject',
  'auto_approve',
  'expire',
  'none',
] as const;
const ENDS: readonly RungAction[] = ['auto_reject', 'auto_approve', 'expire', 'none'];
const WITHOUT_TARGET: readonly RungAction[] = ['priority', 'auto_reject', 'auto_approve', 'expire', 'none'];
const MOST_RUNGS = 20;
const MOST_HOURS = 87_600;

/** The id of the one rung that the plain form's `escalation` becomes. */
export const ESCALATION = 'escalation';

const PLAIN_ACTIONS = { NOTIFY: 'notify', ADD: 'add', REASSIGN: 'transfer', EXPIRE: 'expire' } as const;

/** The escalation ladder of a step, from `ladder` or from the plain form's `escalation`. Both may agree. */
export function readLadder(step: Form, sla: Sla | null, floor: number): Rung[] {
  const plain = step.has('escalation') ? readEscalation(step) : undefined;
  const list = step.list('ladder', { max: MOST_RUNGS });
  if (!list || list.length === 0) return plain ? [plain] : [];

  const rungs = list.map((value, i) => readRung(value, `${step.at('ladder')}/${i}`, step, i, floor));
  const read = rungs.filter((rung) => rung !== undefined);
  if (step.has('escalation')) {
    if (plain && read.length === list.length && JSON.stringify(read) === JSON.stringify([plain])) return [plain];
    step.fault('escalation', 'contradiction', 'escalation and ladder say different things: write one of them.');
  }
  checkIds(rungs, step);
  checkOrder(rungs, step, sla);
  const last = rungs.at(-1);
  if (last && !ENDS.includes(last.action))
    step.fault('ladder', 'required', 'A ladder ends in a rung with auto_reject, auto_approve, expire or none.');
  return read;
}

function readEscalation(step: Form): Rung | undefined {
  const members = ['afterHours', 'action', 'toType', 'toId', 'notify'];
  const form = Form.over(step.raw('escalation'), step.at('escalation'), step.faults, members);
  if (!form) return undefined;

  form.required('afterHours');
  const hours = form.integer('afterHours', { min: 0, max: MOST_HOURS });
  const word = form.oneOf('action', ['NOTIFY', 'ADD', 'REASSIGN', 'EXPIRE']);
  if (form.has('action') && word === undefined) return undefined;
  const action = PLAIN_ACTIONS[word ?? 'ADD'];
  const to = readPlainTarget(form);
  const notify = readNotify(form);
  if (action === 'expire' && (form.has('toType') || form.has('toId')))
    form.fault('toType', 'not-allowed', 'EXPIRE ends the review; it goes to nobody.');
  if ((action === 'add' || action === 'transfer') && !form.has('toType'))
    form.fault('toType', 'required', 'toType and toId say who takes over: a USER or a ROLE.');
  if (action === 'notify' && !form.has('toType') && !notify?.length)
    form.fault('notify', 'required', 'NOTIFY needs somebody to tell: notify, or toType and toId.');
  if (hours === undefined) return undefined;
  return { id: ESCALATION, at: `start+${hours}h`, action, ...(to && { to }), ...(notify && { notify }) };
}

function readPlainTarget(form: Form): Target | undefined {
  const toType = form.oneOf('toType', ['USER', 'ROLE']);
  if (form.has('toType')) form.required('toId', 'toId is required with toType.');
  else if (form.has('toId')) form.required('toType', 'toType is required with toId.');
  if (toType === 'ROLE') {
    const role = form.shaped('toId', ROLE, ROLE_HINT);
    return role === undefined ? undefined : { role };
  }
  const user = form.text('toId', { max: 100 });
  return user === undefined || toType === undefined ? undefined : { user };
}

function readRung(value: unknown, pointer: string, step: Form, index: number, floor: number): Rung | undefined {
  const form = Form.over(value, pointer, step.faults, ['id', 'at', 'action', 'to', 'notify']);
  if (!form) return undefined;

  form.required('at');
  form.required('action', `action is required: one of ${ACTIONS.join(', ')}.`);
  const id = form.shaped('id', KEY, KEY_HINT) ?? `r${index + 1}`;
  const at = readAt(form);
  const action = form.oneOf('action', ACTIONS);
  if (action === 'auto_approve' && floor > 0)
    form.fault('action', 'not-allowed', 'auto_approve is refused where people must decide: this step needs one.');
  const to = readTarget(form);
  const notify = readNotify(form);
  if (action === undefined || at === undefined) return undefined;

  if ((action === 'add' || action === 'transfer') && !form.has('to'))
    form.fault('to', 'required', `${action} needs to: {user} or {role}.`);
  if (action === 'notify' && !form.has('to') && !notify?.length)
    form.fault('notify', 'required', 'notify needs somebody to tell: to, or notify.');
  if (WITHOUT_TARGET.includes(action) && form.has('to')) form.fault('to', 'not-allowed', `${action} goes to nobody.`);
  return { id, at, action, ...(to && { to }), ...(notify && { notify }) };
}

function readTarget(form: Form): Target | undefined {
  if (!form.has('to')) return undefined;
  const to = Form.over(form.raw('to'), form.at('to'), form.faults, ['user', 'role', 'manager']);
  if (!to) return undefined;
  const named = ['user', 'role', 'manager'].filter((kind) => to.has(kind));
  if (named.length > 1)
    return form.fault('to', 'contradiction', 'to names a user, a role or the manager: one of them.');
  switch (named[0]) {
    case 'user': {
      const user = to.text('user', { max: 100 });
      return user === undefined ? undefined : { user };
    }
    case 'role': {
      const role = to.shaped('role', ROLE, ROLE_HINT);
      return role === undefined ? undefined : { role };
    }
    case 'manager':
      if (to.raw('manager') === true) return { manager: true };
      return to.fault('manager', 'wrong-type', 'manager is written manager: true.');
    default:
      return form.fault('to', 'required', 'to names a user, a role, or manager: true.');
  }
}

/** User ids or `ROLE:name`. */
function readNotify(form: Form): string[] | undefined {
  const list = form.list('notify', { max: 50 });
  if (!list || list.length === 0) return undefined;
  const told: string[] = [];
  for (const [i, who] of list.entries()) {
    const pointer = `${form.at('notify')}/${i}`;
    if (typeof who !== 'string' || who.trim() === '')
      form.faults.add(pointer, 'wrong-type', 'notify is a list of user ids or ROLE:name.');
    else if (who.length > 100) form.faults.add(pointer, 'out-of-range', 'This has more than 100 characters.');
    else if (who.startsWith('ROLE:') && !ROLE.test(who.slice('ROLE:'.length)))
      form.faults.add(pointer, 'bad-format', ROLE_HINT);
    else told.push(who);
  }
  return told;
}

function readAt(form: Form): string | undefined {
  const at = form.text('at', { max: 20 });
  if (at === undefined) return undefined;
  const percent = /^(\d{1,3}(?:\.\d{1,2})?)%$/u.exec(at);
  const shaped = at === '0' || percent !== null || /^(?:start\+\d{1,5}h|[+-]\d{1,5}(?:h|bh|bd))$/u.test(at);
  if (!shaped)
    return form.fault(
      'at',
      'bad-format',
      'at is a share of the budget (75%), 0 (when due), -4h, +8bh or +1bd around it, or start+24h.',
    );
  if (percent && Number(percent[1]) > 100)
    return form.fault('at', 'out-of-range', 'More than 100% of the budget is written +8h.');
  return at;
}

function checkIds(rungs: readonly (Rung | undefined)[], step: Form): void {
  const seen = new Set<string>();
  for (const [i, rung] of rungs.entries()) {
    if (!rung) continue;
    if (seen.has(rung.id))
      step.faults.add(`${step.at('ladder')}/${i}/id`, 'duplicate', `Another rung has the id ${rung.id}.`);
    seen.add(rung.id);
  }
}

/** Rungs are written in the order in which they fire; one that ends the step comes last. */
function checkOrder(rungs: readonly (Rung | undefined)[], step: Form, sla: Sla | null): void {
  const before: Place[] = [];
  for (const [i, rung] of rungs.entries()) {
    if (!rung) continue;
    const pointer = `${step.at('ladder')}/${i}`;
    if (ENDS.includes(rung.action) && i < rungs.length - 1)
      step.faults.add(
        `${pointer}/action`,
        'not-allowed',
        `${rung.action} ends the ladder, so it must be its last rung.`,
      );
    if (!sla && !rung.at.startsWith('start+')) {
      if (!step.has('sla') && !step.has('slaHours'))
        step.faults.add(
          `${pointer}/at`,
          'unsatisfiable',
          `${rung.at} counts on the SLA, and this step has none; write start+24h.`,
        );
      continue;
    }
    const place = placeOf(rung.at, sla);
    if ((place.count ?? 0) < 0)
      step.faults.add(`${pointer}/at`, 'unsatisfiable', `${rung.at} is before the step starts.`);
    if (before.some((earlier) => isAfter(earlier, place)))
      step.faults.add(
        `${pointer}/at`,
        'contradiction',
        'This rung fires before the one above it; write them in order.',
      );
    before.push(place);
  }
}

/**
 * Where a rung stands, as far as that can be told without a calendar: how much of the budget's own unit has run by then,
 * and whether that is before (-1), at or after (1) the due time. Undefined: only a calendar knows.
 */
type Place = Readonly<{ count: number | undefined; side: number | undefined }>;

const UNITS = { WALL_HOUR: 'h', BUSINESS_HOUR: 'bh', BUSINESS_DAY: 'bd' } as const;

function placeOf(at: string, sla: Sla | null): Place {
  const budget = sla?.value ?? 0;
  const unit = sla ? UNITS[sla.unit] : 'h';
  const known = (count: number): Place => ({ count, side: sla ? Math.sign(count - budget) : undefined });
  if (at.endsWith('%')) return known((budget * Number.parseFloat(at)) / 100);
  if (at === '0') return known(budget);
  const [, from = '', count = '0', written] = /^(start\+|[+-])(\d+)(\D+)$/u.exec(at) ?? [];
  const shift = Number(count);
  if (from === 'start+') return unit === 'h' ? known(shift) : { count: undefined, side: undefined };
  const sign = from === '-' ? -1 : 1;
  if (written === unit) return known(budget + sign * shift);
  return { count: undefined, side: shift === 0 ? 0 : sign };
}

/** Whether the one certainly fires after the other. */
function isAfter(one: Place, other: Place): boolean {
  if (one.count !== undefined && other.count !== undefined) return one.count > other.count;
  return one.side !== undefined && other.side !== undefined && one.side > other.side;
}
