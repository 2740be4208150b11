import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { RulesetSchema, type Ruleset } from '#libs/kernel/domain/ruleset';

/* What a ruleset's stream may hold. Shapes are the storage format: add optional fields, or a version and an upcaster. */

const Id = Type.String();
const Instant = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Strict = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Normal form, with SHA-256 over its canonical JSON beside it. */
const StoredRuleset = Type.Unsafe<Ruleset>(RulesetSchema);

const at = '2026-11-22T09:00:00.000Z';
const rulesetId = '0192c7a0-0000-5000-8000-000000000003';
const ruleset: Ruleset = {
  key: 'loan-auto',
  name: 'Loans without people',
  facts: { amountMinor: 'decimal', country: 'text' },
  match: 'strictest',
  rules: [
    {
      name: 'small',
      when: { and: [{ lte: ['amountMinor', '50000'] }, { in: ['country', ['CH', 'DE']] }] },
      outcome: 'approve',
      reason: 'Small loans at home need nobody.',
      mode: 'enforce',
    },
    { name: 'sanctioned', when: { cel: 'country == "XX"' }, outcome: 'reject', mode: 'shadow' },
  ],
};
const contentHash = 'b'.repeat(64);

export const RulesetDrafted = defineEvent('RulesetDrafted', {
  schema: Strict({ rulesetId: Id, ruleset: StoredRuleset, contentHash: Hash, draftedBy: Id, at: Instant }),
  sample: { rulesetId, ruleset, contentHash, draftedBy: 'usr_admin', at },
});

export const RulesetDraftReplaced = defineEvent('RulesetDraftReplaced', {
  schema: Strict({ ruleset: StoredRuleset, contentHash: Hash, replacedBy: Id, at: Instant }),
  sample: { ruleset, contentHash, replacedBy: 'usr_admin', at },
});

/** The draft became version n; these bytes never change. */
export const RulesetPublished = defineEvent('RulesetPublished', {
  schema: Strict({
    version: Type.Integer({ minimum: 1 }),
    ruleset: StoredRuleset,
    contentHash: Hash,
    effectiveFrom: Instant,
    publishedBy: Id,
  }),
  sample: { version: 1, ruleset, contentHash, effectiveFrom: at, publishedBy: 'usr_admin' },
});

/** A creation that lost its claim on the key and never became a ruleset (stores without multi-stream appends). */
export const RulesetAbandoned = defineEvent('RulesetAbandoned', {
  schema: Strict({ rulesetId: Id, at: Instant }),
  sample: { rulesetId, at },
});

export const rulesetEvents = [RulesetDrafted, RulesetDraftReplaced, RulesetPublished, RulesetAbandoned] as const;
export type RulesetEvent = EventsOf<typeof rulesetEvents>;
