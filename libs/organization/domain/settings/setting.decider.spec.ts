import { foldAll, specFor } from '#libs/testing/given';
import { ChangedSince, NotPossibleNow, OrganizationInvalid, UnknownHere } from '../organization.errors.js';
import { at, metadata } from '../organization.examples.js';
import { settingDecider, type ChangeSetting } from './setting.decider.js';
import { isFitting, say, settingRegistry } from './setting.registry.js';
import type { SettingEvent } from './setting.events.js';
import { inForce, knownAt } from './setting.state.js';

const given = specFor(settingDecider);
const there = { branchIsThere: true, calendarIsThere: true };
const order = (data: ChangeSetting['data'], facts: Partial<ChangeSetting['facts']> = {}): ChangeSetting => ({
  type: 'ChangeSetting',
  data,
  facts: { ...there, ...facts },
  metadata: metadata(),
});
const key = 'step-sla-hours';
const changed = (
  value: number | null,
  { branchId = null, from = at() }: { branchId?: string | null; from?: string } = {},
): SettingEvent => ({ type: 'SettingChanged', data: { key, branchId, effectiveFrom: from, at: at(), value } });

describe('A setting', () => {
  it('is changed at once, or from a later time on', () => {
    given()
      .when(order({ key, value: 24 }))
      .then(changed(24));
    given()
      .when(order({ key, value: 24, branchId: 'NORTH', effectiveFrom: '2026-12-01T01:00:00+01:00' }))
      .then(changed(24, { branchId: 'NORTH', from: '2026-12-01T00:00:00.000Z' }));
  });

  it('that is so already is not changed', () => {
    given(changed(24))
      .when(order({ key, value: 24 }))
      .thenNothing();
    given().when(order({ key })).thenNothing();
  });

  it('is given up', () =>
    given(changed(24))
      .when(order({ key }))
      .then({ type: 'SettingCleared', data: { key, branchId: null, effectiveFrom: at(), at: at() } }));

  it.each([
    { key, value: 0 },
    { key, value: '24' },
    { key, value: 1.5 },
    { key: 'refresh-token-days', value: null },
    { key: 'refresh-token-days', value: 7, branchId: 'NORTH' },
    { key, value: 24, effectiveFrom: at('08:59') },
  ])('is refused as %j', (data) => given().when(order(data)).thenRefuses(OrganizationInvalid));

  it('says in words what its value can be', () => {
    expect(say(settingRegistry[key]!)).toBe('a whole number from 1 to 87600, or null');
    expect(say(settingRegistry['review-calendar']!)).toBe('a key of small letters, digits and hyphens');
  });

  it('names what exists', () => {
    given()
      .when(order({ key, value: 1, branchId: 'NORTH' }, { branchIsThere: false }))
      .thenRefuses(OrganizationInvalid);
    given()
      .when(order({ key: 'review-calendar', value: 'nordic' }, { calendarIsThere: false }))
      .thenRefuses(OrganizationInvalid);
    given()
      .when(order({ key: 'colour', value: 'red' }))
      .thenRefuses(UnknownHere);
    given()
      .when(order({ key: 'toString', value: 'red' }))
      .thenRefuses(UnknownHere);
  });

  it('of the environment is changed there', () =>
    given()
      .when(order({ key: 'mail-server', value: 'smtp://x' }))
      .thenRefuses(NotPossibleNow));

  it('is changed at the revision that was seen, which others do not touch', () => {
    given(changed(24))
      .when(order({ key, value: 8 }, { expectedRevision: 1n }))
      .thenRefuses(ChangedSince);
    given(changed(24))
      .when(order({ key, value: 8 }, { expectedRevision: 0n }))
      .then(changed(8));
  });

  it('holds in the nearest branch that says something, else in the workspace', () => {
    const later = '2026-11-24T00:00:00.000Z';
    const book = foldAll(settingDecider, [
      changed(24),
      changed(8, { branchId: 'NORTH' }),
      changed(4, { branchId: 'NORTH', from: later }),
      { type: 'SettingCleared', data: { key, branchId: 'OSLO', effectiveFrom: at(), at: at() } },
    ]);
    const value = (branches: readonly string[], instant = at('10:00')) => {
      const found = inForce(book, key, settingRegistry[key]!, branches, instant);
      return [found.value, found.source, found.branchId];
    };
    expect(value(['OSLO', 'NORTH', 'HQ'])).toEqual([8, 'branch', 'NORTH']);
    expect(value(['OSLO', 'NORTH', 'HQ'], later)).toEqual([4, 'branch', 'NORTH']);
    expect(value(['SOUTH', 'HQ'])).toEqual([24, 'workspace', null]);
    expect(value(['SOUTH', 'HQ'], at('08:00'))).toEqual([null, 'default', null]);
    expect(knownAt(book, at('08:59'))).toEqual([]);
  });

  it('has a default that fits it', () => {
    for (const [name, definition] of Object.entries(settingRegistry))
      expect([name, isFitting(definition, definition.default)]).toEqual([name, true]);
  });
});
