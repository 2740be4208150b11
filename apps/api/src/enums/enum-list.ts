import { grantScopes, roles } from '#libs/identity/domain/permissions';
import { userStatuses } from '#libs/identity/domain/user.state';
import { digestIntervals, noticeKinds } from '#libs/notifications/domain/preferences.events';
import { EVERY, offeredEvents } from '#libs/notifications/domain/offered-events';
import { customerTypes, partyRelations } from '#libs/organization/domain/customers/customer.events';
import { customerStatuses } from '#libs/organization/domain/customers/customer.state';
import { settingScopes } from '#libs/organization/domain/settings/setting.registry';
import {
  reviewStatuses,
  reviewTransitions,
  slaStates,
} from '#libs/reviews/infrastructure/read-models/review-status/review-status.table';
import { accountRoles } from '../auth/service-account.dto.js';
import { grantTypes } from '../auth/token.dto.js';
import { statuses as delegationStatuses } from '../delegations/delegation.dto.js';
import { catalogue, INTERNAL_ERROR } from '../http/catalogue.js';
import { outcomes, reopenModes, verdicts } from '../reviews/review-bodies.dto.js';
import type { EnumAnswer } from './enum.dto.js';

/** For each value, what may come next. */
type Transitions<V extends string> = Readonly<Record<V, readonly V[]>>;

interface Named<V extends string> {
  readonly values: readonly V[];
  /** None: its values do not follow each other. */
  readonly transitions?: Transitions<V>;
  /** What people call a value; the value in words unless told. */
  readonly labels?: Partial<Readonly<Record<V, string>>>;
}

const named = <V extends string>(
  values: readonly V[],
  transitions?: Transitions<V>,
  labels?: Named<V>['labels'],
): Named<V> => ({ values, ...(transitions && { transitions }), ...(labels && { labels }) });

const titles = Object.fromEntries(Object.entries(catalogue).map(([code, { title }]) => [code, title]));

/** `ReviewApproved` → `Review approved`. */
const eventLabels = {
  ...Object.fromEntries(
    offeredEvents.map((type) => [type, type.replaceAll(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)]),
  ),
  [EVERY]: 'All of them, and those of later versions',
};

/** Every set of values that requests are checked against, from where they are checked. */
const enums: Readonly<Record<string, Named<string>>> = {
  'account-role': named(accountRoles),
  'customer-status': named(customerStatuses, { active: ['deactivated'], deactivated: ['active'] }),
  'customer-type': named(customerTypes),
  'delegation-status': named(delegationStatuses, {
    scheduled: ['active', 'revoked'],
    active: ['ended', 'revoked'],
    ended: [],
    revoked: [],
  }),
  'digest-interval': named(digestIntervals),
  'error-code': named([...Object.keys(catalogue), INTERNAL_ERROR], undefined, titles),
  'grant-scope': named(grantScopes),
  'grant-type': named(grantTypes),
  'notice-kind': named(noticeKinds),
  'override-outcome': named(outcomes),
  'party-relation': named(partyRelations),
  'reopen-mode': named(reopenModes),
  'review-status': named(reviewStatuses, reviewTransitions),
  role: named(roles),
  'setting-scope': named(settingScopes),
  'sla-state': named(slaStates, undefined, { none: 'No deadline' }),
  'user-status': named(userStatuses, {
    active: ['suspended', 'deactivated'],
    suspended: ['active', 'deactivated'],
    deactivated: ['active'],
  }),
  verdict: named(verdicts),
  'webhook-event': named([...offeredEvents, EVERY], undefined, eventLabels),
};

/** `changes_requested` → `Changes requested`. */
const inWords = (value: string): string => {
  const words = value.replaceAll(/[_-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const answerOf = (name: string, { values, transitions, labels = {} }: Named<string>): EnumAnswer => ({
  name,
  values: values.map((value, order) => ({
    value,
    label: labels[value] ?? inWords(value),
    order,
    deprecated: false,
    transitionsTo: transitions ? [...(transitions[value] ?? [])] : null,
  })),
});

/** By name. */
export const enumList: ReadonlyMap<string, EnumAnswer> = new Map(
  Object.entries(enums).map(([name, each]) => [name, answerOf(name, each)]),
);
