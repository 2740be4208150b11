import { Type, type Static, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/* What the stream of a customer (`customer-{id}`) holds; who it is, is sealed under a key of the customer's own. */

export const customerTypes = ['individual', 'business'] as const;
export type CustomerType = (typeof customerTypes)[number];
export const partyRelations = ['spouse', 'guarantor', 'director', 'shareholder', 'beneficial_owner', 'agent'] as const;

const Id = Type.String();
const Instant = Type.String();
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const text = Type.Optional(personal(Type.String()));
const details = Strict({
  name: personal(Type.String()),
  email: text,
  phone: text,
  address: text,
  taxId: text,
  birthDate: text,
});
export type StoredDetails = Static<typeof details>;
const party = Strict({ customerId: Id, relation: Type.String() });
export type RelatedParty = Static<typeof party>;
const place = { branchId: Type.String(), ownerOfficerId: Type.Union([Id, Type.Null()]) };

const customerId = '0192c7a0-0000-5000-8000-00000000000c';
const at = '2026-11-22T09:00:00.000Z';
const sampleDetails = { name: 'Carla Client', email: 'carla@example.com', birthDate: '1980-02-29' };

export const CustomerRegistered = defineEvent('CustomerRegistered', {
  schema: Strict({
    customerId: Id,
    number: Type.String(),
    type: Type.String(),
    ...place,
    details,
    relatedParties: Type.Array(party),
    registeredBy: Id,
    at: Instant,
  }),
  sample: {
    customerId,
    number: 'C-1001',
    type: 'individual',
    branchId: 'NORTH',
    ownerOfficerId: 'usr_olly',
    details: sampleDetails,
    relatedParties: [{ customerId: '0192c7a0-0000-5000-8000-00000000000d', relation: 'spouse' }],
    registeredBy: 'usr_olly',
    at,
  },
});

/** All details, as they are from now on. */
export const CustomerDetailsChanged = defineEvent('CustomerDetailsChanged', {
  schema: Strict({ customerId: Id, details, at: Instant }),
  sample: { customerId, details: sampleDetails, at },
});

/** Whose customer it is from now on. */
export const CustomerAssigned = defineEvent('CustomerAssigned', {
  schema: Strict({ customerId: Id, ...place, at: Instant }),
  sample: { customerId, branchId: 'SOUTH', ownerOfficerId: null, at },
});

export const RelatedPartiesSet = defineEvent('RelatedPartiesSet', {
  schema: Strict({ customerId: Id, relatedParties: Type.Array(party), at: Instant }),
  sample: { customerId, relatedParties: [], at },
});

export const CustomerDeactivated = defineEvent('CustomerDeactivated', {
  schema: Strict({ customerId: Id, at: Instant }),
  sample: { customerId, at },
});

export const CustomerActivated = defineEvent('CustomerActivated', {
  schema: Strict({ customerId: Id, at: Instant }),
  sample: { customerId, at },
});

export const customerEvents = [
  CustomerRegistered,
  CustomerDetailsChanged,
  CustomerAssigned,
  RelatedPartiesSet,
  CustomerDeactivated,
  CustomerActivated,
] as const;
export type CustomerEvent = EventsOf<typeof customerEvents>;
