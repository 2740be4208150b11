import type { Assignee, Rule } from '#libs/kernel/domain/workflow-definition';
import { Form } from './form.js';
import { KEY, KEY_HINT, ROLE, ROLE_HINT } from './key.js';

const MEMBERS = ['type', 'id', 'seats', 'minApprovals', 'group', 'scope', 'weight', 'veto'];
const MOST = 100;
const MOST_WEIGHT = 1_000;

/** The assignees of one step as far as they could be read. */
export type Assignees = Readonly<{
  /** The sum of `minApprovals`: what the step needs when it names no rule. */
  minApprovals: number;
  /** With the seats that the rule implies where none are written. */
  seated(rule: Rule): Assignee[];
  /** The same; none while the assignees themselves are at fault, so that nothing is concluded from half of them. */
  complete(rule: Rule): readonly Assignee[];
  /** How many distinct people can fill the seats at most; 0 while the assignees themselves are at fault. */
  people(rule: Rule): number;
}>;

export function readAssignees(step: Form): Assignees {
  const list = step.required('assignees', 'A step needs at least one assignee.')
    ? step.list('assignees', { max: MOST })
    : undefined;
  if (list?.length === 0) step.fault('assignees', 'required', 'A step needs at least one assignee.');

  const users = new Set<string>();
  const assignees: Assignee[] = [];
  let complete = list !== undefined && list.length > 0;
  for (const [i, value] of (list ?? []).entries()) {
    const assignee = readAssignee(value, `${step.at('assignees')}/${i}`, step, users);
    if (assignee) assignees.push(assignee);
    else complete = false;
  }

  const seated = (rule: Rule) => assignees.map((assignee) => withSeats(assignee, rule));
  return {
    minApprovals: assignees.reduce((sum, { minApprovals = 0 }) => sum + minApprovals, 0),
    seated,
    complete: (rule) => (complete ? seated(rule) : []),
    people: (rule) => (complete ? seated(rule).reduce((sum, { seats = 1 }) => sum + seats, 0) : 0),
  };
}

function readAssignee(value: unknown, pointer: string, step: Form, users: Set<string>): Assignee | undefined {
  const form = Form.over(value, pointer, step.faults, MEMBERS);
  if (!form) return undefined;

  form.required('type', 'type is required: USER or ROLE.');
  form.required('id', 'id is required: a user id, or the name of a role.');
  const type = form.oneOf('type', ['USER', 'ROLE']);
  const id = type === 'ROLE' ? form.shaped('id', ROLE, ROLE_HINT) : form.text('id', { max: 100 });
  const seats = form.integer('seats', { min: 1, max: MOST });
  const minApprovals = form.integer('minApprovals', { min: 1, max: MOST });
  const group = form.shaped('group', KEY, KEY_HINT);
  const weight = form.integer('weight', { min: 1, max: MOST_WEIGHT });
  const veto = form.flag('veto');
  const scope = readScope(form);

  if (type === 'USER' && seats !== undefined)
    form.fault('seats', 'not-allowed', 'A USER has one seat; seats belong to a ROLE.');
  if (type === 'USER' && id !== undefined && users.has(id))
    form.fault('id', 'duplicate', `${id} is assigned to this step already.`);
  const most = type === 'USER' ? 1 : seats;
  if (minApprovals !== undefined && most !== undefined && minApprovals > most)
    form.fault('minApprovals', 'unsatisfiable', `${minApprovals} must approve, but there is room for ${most}.`);

  if (type === undefined || id === undefined) return undefined;
  if (type === 'USER') users.add(id);
  return {
    type,
    id,
    ...(type === 'ROLE' && seats !== undefined && { seats }),
    ...(minApprovals !== undefined && { minApprovals }),
    ...(group !== undefined && { group }),
    ...(weight !== undefined && { weight }),
    ...(veto !== undefined && { veto }),
    ...(scope !== undefined && { scope }),
  };
}

/** JSON pointers of the content that this assignee answers for. */
function readScope(form: Form): string[] | undefined {
  const list = form.list('scope', { max: 50 });
  if (!list) return undefined;
  if (list.length === 0) return form.fault('scope', 'required', 'An empty scope answers for nothing: leave it out.');

  const scope = new Set<string>();
  for (const [i, path] of list.entries()) {
    const pointer = `${form.at('scope')}/${i}`;
    if (typeof path !== 'string') form.faults.add(pointer, 'wrong-type', 'A scope is a list of JSON pointers.');
    else if (path.length > 200) form.faults.add(pointer, 'out-of-range', 'A pointer has at most 200 characters.');
    else if (!path.startsWith('/'))
      form.faults.add(
        pointer,
        'not-supported',
        'A scope names members of the content by JSON pointer, such as /amountMinor; document types are not supported by this version.',
      );
    else if (!/^(?:\/(?:[^~/]|~[01])+)+$/u.test(path))
      form.faults.add(pointer, 'bad-format', 'This is not a JSON pointer to a member of the content.');
    else if (scope.has(path)) form.faults.add(pointer, 'duplicate', `${path} is in this scope already.`);
    else scope.add(path);
  }
  return [...scope];
}

/** Under a count rule a ROLE gets as many seats as approvals may be needed from it; else as many as it must give. */
function withSeats(assignee: Assignee, rule: Rule): Assignee {
  if (assignee.type === 'USER') return assignee;
  const needed = 'count' in rule ? rule.count : 1;
  const { type, id, seats = Math.max(1, assignee.minApprovals ?? 1, needed), ...rest } = assignee;
  return { type, id, seats, ...rest };
}
