import { claimEvents } from '#libs/event-store/application/claim.events';
import { rooms } from '#libs/composition/rooms';
import type { EventDefinition } from '#libs/kernel/domain/define-event';
import { summaries } from './summaries.js';
import { summarise } from './summarise.js';

const events = [...claimEvents, ...rooms.flatMap((room) => room.events)] as readonly EventDefinition[];
type Schema = { personal?: boolean; properties?: Record<string, Schema>; items?: Schema };

/** Every text in a personal place of a sample. */
function personalTexts(schema: Schema, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (schema.personal) return textsOf(value);
  if (schema.items && Array.isArray(value)) return value.flatMap((entry) => personalTexts(schema.items!, entry));
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    personalTexts(inner, (value as Record<string, unknown>)[name]),
  );
}

const textsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [String(value)];

/** Put a word nobody else uses into every text of a personal place. */
function marked(schema: Schema, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (schema.personal) return 'XPERSONALX';
  if (schema.items && Array.isArray(value)) return value.map((entry) => marked(schema.items!, entry));
  if (!schema.properties || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, marked(schema.properties![name] ?? {}, inner)]),
  );
}

describe('A line of the audit trail', () => {
  it.each(events.map((event) => [event.type, event] as const))('is written for %s', (type, { sample }) => {
    expect(Object.keys(summaries)).toContain(type);
    const line = summarise({ type, data: sample });
    expect(line).not.toMatch(/[{}[\]…]/);
    expect(line.length).toBeGreaterThan(10);
  });

  it('is written for no event that does not exist', () =>
    expect(Object.keys(summaries).filter((type) => !events.some((event) => event.type === type))).toEqual([]));

  it('never shows what is personal', () => {
    let places = 0;
    for (const { type, schema, sample } of events) {
      places += personalTexts(schema as Schema, sample).length;
      expect(summarise({ type, data: marked(schema as Schema, sample) })).not.toContain('XPERSONALX');
    }
    expect(places).toBeGreaterThan(8);
  });

  it('reads like a sentence', () => {
    expect(summarise({ type: 'DecisionRecorded', data: { verdict: 'approve', step: 'committee', revision: 2 } })).toBe(
      'Decided approve on step committee, revision 2',
    );
    expect(
      summarise({
        type: 'DecisionRecorded',
        data: { verdict: 'reject', step: 'committee', revision: 2, onBehalfOf: 'usr_cro' },
      }),
    ).toBe('Decided reject on step committee, revision 2, on behalf of usr_cro');
    expect(
      summarise({ type: 'DecisionsInvalidated', data: { decisionIds: ['a', 'b'], paths: ['/amountMinor'] } }),
    ).toBe('2 decision(s) no longer count after changes to /amountMinor');
  });

  it('is the name of an event that nobody wrote a sentence for', () => {
    expect(summarise({ type: 'LoanDisbursed', data: {} })).toBe('Loan disbursed');
    expect(summarise({ type: 'toString', data: {} })).toBe('To string');
  });

  it.each([[null], [undefined], ['x'], [7], [[]], [{}], [{ step: { $erased: true }, revision: {} }]])(
    'cannot fail, whatever an event carries: %j',
    (data) => {
      for (const { type } of events) expect(typeof summarise({ type, data })).toBe('string');
    },
  );

  it('stays a line', () =>
    expect(summarise({ type: 'StepUnblocked', data: { step: 'x'.repeat(5_000) } }).length).toBeLessThan(310));
});
