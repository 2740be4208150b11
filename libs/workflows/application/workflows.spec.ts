import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { NotFound } from '#libs/event-store/application/errors';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { Directory, type DirectoryView, type Person } from '#libs/identity/application/directory';
import { derivedId } from '#libs/kernel/domain/ids';
import { at, metadata as examples } from '../domain/workflow.examples.js';
import {
  DefinitionInvalid,
  WorkflowKeyTaken,
  WorkflowNotFound,
  WorkflowStateRefused,
} from '../domain/workflow.errors.js';
import { calendarEvents } from '../domain/calendar/calendar.events.js';
import { workflowEvents } from '../domain/workflow.events.js';
import { CalendarKeys } from './calendar-keys.js';
import { CalendarStreams } from './calendar-streams.js';
import { CreateCalendarCommand, CreateCalendarHandler } from './commands/publish-calendar.handlers.js';
import { DefinitionWarnings } from './definition-warnings.js';
import { CreateWorkflowCommand, CreateWorkflowHandler } from './commands/create-workflow.handler.js';
import { PublishWorkflowCommand, PublishWorkflowHandler } from './commands/publish-workflow.handler.js';
import { ReplaceDraftCommand, ReplaceDraftHandler } from './commands/replace-draft.handler.js';
import { RetireWorkflowCommand, RetireWorkflowHandler } from './commands/retire-workflow.handler.js';
import { StreamedRulesets } from './rulesets/ruleset-catalogue.js';
import { RulesetStreams } from './rulesets/ruleset-streams.js';
import { WorkflowQueries } from './queries/workflow-queries.js';
import { StreamedCalendars } from './streamed-calendars.js';
import { StreamedCatalogue } from './streamed-catalogue.js';
import { WorkflowKeys } from './workflow-keys.js';
import { WorkflowStreams } from './workflow-streams.js';

/** Ann works here, Gus did, Vic looks on. */
class People extends Directory {
  readonly #there = new Map([
    ['usr_ann', true],
    ['usr_gus', false],
    ['usr_vic', true],
  ]);

  override snapshot(): DirectoryView {
    const person = (userId: string): Person | undefined => {
      const active = this.#there.get(userId);
      if (active === undefined) return undefined;
      return { userId, username: userId, roles: ['officer'], active, mayDecide: userId !== 'usr_vic', branchId: 'HQ' };
    };
    return { revision: '1', person, holders: () => [], everyone: () => [], reliesOn: () => new Map() };
  }

  override asOf(): DirectoryView {
    return this.snapshot();
  }

  override async current(): Promise<void> {}
}

/** The room over a log in memory; every order has its own commandId unless one is named. */
function room() {
  const store = new InMemoryEventStore();
  const codec = new Codec(new EventRegistry([...workflowEvents, ...calendarEvents]), new InMemorySubjectKeys());
  const streams = new WorkflowStreams(store, codec);
  const rulesets = new RulesetStreams(store, codec);
  const keys = new WorkflowKeys(streams, store, codec);
  const hashing = new NodeHashing();
  const calendarStreams = new CalendarStreams(store, codec);
  const calendarKeys = new CalendarKeys(calendarStreams, store, codec);
  const calendars = new StreamedCalendars(calendarStreams, calendarKeys);
  const warnings = new DefinitionWarnings(new StreamedRulesets(rulesets), calendars, new People());
  let orders = 0;
  const metadata = (commandId = `order-${++orders}`, workspaceId = 'demo') => ({
    ...examples(at('09:00')),
    commandId,
    workspaceId,
  });
  return {
    create: (definition: unknown, commandId?: string, workspaceId?: string) =>
      new CreateWorkflowHandler(streams, keys, hashing).execute(
        new CreateWorkflowCommand({ definition }, metadata(commandId, workspaceId)),
      ),
    replace: (workflowId: string, definition: unknown) =>
      new ReplaceDraftHandler(streams, hashing).execute(
        new ReplaceDraftCommand({ workflowId, definition }, metadata()),
      ),
    publish: (workflowId: string, commandId?: string) =>
      new PublishWorkflowHandler(streams, warnings).execute(
        new PublishWorkflowCommand({ workflowId }, metadata(commandId)),
      ),
    retire: (workflowId: string) =>
      new RetireWorkflowHandler(streams).execute(new RetireWorkflowCommand({ workflowId }, metadata())),
    publishCalendar: (calendar: unknown) =>
      new CreateCalendarHandler(calendarStreams, calendarKeys, hashing).execute(
        new CreateCalendarCommand({ calendar }, metadata()),
      ),
    catalogue: new StreamedCatalogue(streams, keys),
    queries: new WorkflowQueries(streams, warnings),
  };
}

const steps = (requiredApprovals = 1) => [
  { key: 'initial-review', assignees: [{ type: 'ROLE', id: 'officer' }], requiredApprovals, slaHours: 8 },
];
const loans = { key: 'loan-approval', name: 'Loan approval', steps: steps() };
const idOf = (commandId: string) => derivedId(commandId, 'workflow', 0);

describe('Workflows', () => {
  it('are published only with calendars that there are', async () => {
    const { create, publish, publishCalendar } = room();
    const counting = [{ ...steps()[0]!, calendar: 'night' }];
    await create({ ...loans, calendar: 'office', steps: counting }, 'one');
    const refusal = await publish(idOf('one')).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DefinitionInvalid);
    expect((refusal as DefinitionInvalid).faults.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/calendar', 'unknown-value'],
      ['/steps/0/calendar', 'unknown-value'],
    ]);
    for (const key of ['office', 'night'])
      await publishCalendar({ key, name: key, week: { monday: [{ from: '09:00', to: '17:00' }] } });
    expect((await publish(idOf('one'))).receipt.events).toHaveLength(1);
    await create({ ...loans, key: 'plain', calendar: 'default' }, 'two');
    expect((await publish(idOf('two'))).receipt.events).toHaveLength(1);
  });

  it('are found by id and by key once they are published', async () => {
    const { create, publish, catalogue } = room();
    await create(loans, 'one');
    const id = idOf('one');
    await expect(catalogue.published('demo', id)).rejects.toThrow(WorkflowStateRefused);
    await publish(id);
    const found = { workflowId: id, key: 'loan-approval', name: 'Loan approval', version: 1 };
    await expect(catalogue.published('demo', id)).resolves.toMatchObject(found);
    await expect(catalogue.published('demo', 'loan-approval')).resolves.toMatchObject(found);
  });

  it('belong to one workspace', async () => {
    const { create, publish, catalogue, queries } = room();
    await create(loans, 'one');
    await publish(idOf('one'));
    await expect(catalogue.published('other', idOf('one'))).rejects.toThrow(WorkflowNotFound);
    await expect(catalogue.published('other', 'loan-approval')).rejects.toThrow(WorkflowNotFound);
    await expect(queries.detail('other', idOf('one'))).rejects.toThrow(NotFound);
    await create(loans, 'two', 'other');
    await expect(queries.detail('other', idOf('two'))).resolves.toMatchObject({ view: { key: 'loan-approval' } });
  });

  it('have a key of their own; the second is told who has it', async () => {
    const { create } = room();
    await create(loans, 'one');
    const second = create({ ...loans, name: 'Another' }, 'two');
    await expect(second).rejects.toThrow(WorkflowKeyTaken);
    await expect(second).rejects.toMatchObject({ code: 'already-exists', details: { workflowId: idOf('one') } });
  });

  it('are made once by a request that comes twice', async () => {
    const { create } = room();
    const first = await create(loans, 'one');
    const again = await create(loans, 'one');
    expect(again.replayed).toBe(true);
    expect(again.receipt).toEqual(first.receipt);
  });

  it('are not made of a definition with faults', async () => {
    const { create } = room();
    await expect(create({ ...loans, steps: [] })).rejects.toThrow(DefinitionInvalid);
  });

  it('keep what was published while a new draft stands beside it', async () => {
    const { create, publish, replace, catalogue, queries } = room();
    await create(loans, 'one');
    const id = idOf('one');
    await publish(id);
    await replace(id, { steps: steps(2) });

    await expect(catalogue.published('demo', id)).resolves.toMatchObject({ version: 1 });
    await expect(queries.detail('demo', id)).resolves.toMatchObject({
      revision: 2n,
      view: { id, version: 1, draft: true, name: 'Loan approval', steps: [{ requiredApprovals: 2, slaHours: 8 }] },
    });
    await expect(queries.version('demo', id, 1)).resolves.toMatchObject({
      view: { steps: [{ requiredApprovals: 1 }] },
    });

    await publish(id);
    await expect(queries.detail('demo', id)).resolves.toMatchObject({ view: { version: 2, draft: false } });
    await expect(queries.versions('demo', id)).resolves.toMatchObject({
      view: { data: [{ version: 2 }, { version: 1 }] },
    });
    const { view } = await queries.diff('demo', id, 1, 2);
    expect(view.fields).toContainEqual({
      path: '/steps/initial-review/rule/count',
      op: 'replace',
      before: 1,
      after: 2,
    });
    await expect(queries.version('demo', id, 3)).rejects.toThrow(NotFound);
  });

  it('publish an unchanged draft without an event', async () => {
    const { create, publish } = room();
    await create(loans, 'one');
    await publish(idOf('one'));
    const again = await publish(idOf('one'));
    expect(again.receipt.events).toEqual([]);
  });

  it('take a draft that means the same for the same draft', async () => {
    const { create, replace, queries } = room();
    await create(loans, 'one');
    const full = { rule: { count: 1 }, sla: { unit: 'WALL_HOUR', value: 8 }, floor: 1 };
    const again = await replace(idOf('one'), {
      steps: [{ ...full, assignees: [{ id: 'officer', type: 'ROLE', seats: 1 }], key: 'initial-review' }],
    });
    expect(again.receipt.events).toEqual([]);
    const { view } = await queries.detail('demo', idOf('one'));
    expect(view.contentHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('start nothing once they are retired, and keep their key', async () => {
    const { create, publish, retire, catalogue } = room();
    await create(loans, 'one');
    await publish(idOf('one'));
    await retire(idOf('one'));
    await expect(catalogue.published('demo', 'loan-approval')).rejects.toThrow(WorkflowStateRefused);
    await expect(create(loans, 'two')).rejects.toThrow(WorkflowKeyTaken);
  });

  it('are unknown under any other name', async () => {
    const { catalogue } = room();
    for (const name of ['loan-approval', idOf('x'), '', 'A B', '../x', '$all'])
      await expect(catalogue.published('demo', name)).rejects.toThrow(WorkflowNotFound);
  });

  it('are checked without being saved', async () => {
    const { queries } = room();
    const found = await queries.check('demo', loans);
    expect(found).toMatchObject({ valid: true, errors: [], warnings: [], definition: { key: 'loan-approval' } });
    expect(await queries.check('demo', {})).toMatchObject({ valid: false, definition: null, errors: [{}, {}, {}] });
  });

  it('tell what they name and do not find, before they are published', async () => {
    const { queries } = room();
    const people = ['usr_ann', 'usr_gus', 'usr_nobody'].map((id) => ({ type: 'USER', id }));
    const ladder = [
      { id: 'tell', at: '50%', action: 'notify', notify: ['usr_lost', 'ROLE:officer', 'usr_ann'] },
      { id: 'ask', at: '0', action: 'add', to: { user: 'usr_away' } },
      { id: 'end', at: '+8h', action: 'none' },
    ];
    const escalation = { afterHours: 8, action: 'ADD', toType: 'USER', toId: 'usr_away', notify: ['usr_lost'] };
    const { valid, warnings } = await queries.check('demo', {
      ...loans,
      steps: [
        { ...steps()[0]!, assignees: people, ladder },
        { ...steps()[0]!, key: 'plain', escalation },
      ],
      fourEyes: { conflicts: ['usr_foe'] },
      auto: { ruleset: 'loan-auto' },
      calendar: 'office',
    });
    expect(valid).toBe(true);
    expect(warnings.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/calendar unknown-value',
      '/auto/ruleset unknown-value',
      '/steps/0/assignees/1/id inactive-person',
      '/steps/0/assignees/2/id unknown-person',
      '/steps/0/ladder/0/notify/0 unknown-person',
      '/steps/0/ladder/1/to/user unknown-person',
      '/steps/1/escalation/toId unknown-person',
      '/steps/1/escalation/notify/0 unknown-person',
      '/fourEyes/conflicts/0 unknown-person',
    ]);
  });

  it('tell which roles nobody can hold, and which let nobody decide where somebody must', async () => {
    const { queries } = room();
    const assignees = ['oficer', 'viewer', 'assistant', 'officer'].map((id) => ({ type: 'ROLE', id }));
    const ladder = [
      { id: 'tell', at: '50%', action: 'notify', to: { role: 'auditor' }, notify: ['ROLE:viewer', 'ROLE:managers'] },
      { id: 'ask', at: '0', action: 'add', to: { role: 'auditor' } },
      { id: 'end', at: '+8h', action: 'none' },
    ];
    const escalation = { afterHours: 8, action: 'ADD', toType: 'ROLE', toId: 'board-of-directors' };
    const onlooker = [{ type: 'USER', id: 'usr_vic' }];
    const { valid, warnings } = await queries.check('demo', {
      ...loans,
      steps: [
        { ...steps()[0]!, assignees, ladder },
        { ...steps()[0]!, key: 'plain', assignees: onlooker, escalation },
      ],
    });
    expect(valid).toBe(true);
    expect(warnings.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/steps/0/assignees/0/id unknown-role',
      '/steps/0/assignees/1/id nobody-can-decide',
      '/steps/0/assignees/2/id nobody-can-decide',
      '/steps/0/ladder/0/notify/1 unknown-role',
      '/steps/0/ladder/1/to/role nobody-can-decide',
      '/steps/1/assignees/0/id nobody-can-decide',
      '/steps/1/escalation/toId unknown-role',
    ]);
    expect(warnings[0]?.detail).toBe('There is no role oficer. Did you mean officer?');
    expect(warnings[1]?.detail).toBe('The role viewer lets nobody decide; these do: admin, manager, officer.');
    expect(warnings[6]?.detail).toContain('Roles are admin, manager, officer');
  });
});
