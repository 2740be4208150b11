import { Type, type Static, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/*
 * What a draft's stream (`draft-{id}`) holds: where it came from. What it says, and every edit of it, are revisions of
 * the subject in its review.
 */

const Id = Type.String();
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const ProvenanceSchema = Strict({
  /** Name and version of the model, as its maker writes them. */
  model: Type.String(),
  /** SHA-256 of the prompt: proves which one it was without telling it. */
  promptHash: Nullable(Type.String()),
  /** What it was made from. */
  sources: Type.Array(Strict({ ref: personal(Type.String()), sha256: Nullable(Type.String()) })),
  generatedAt: Nullable(Type.String()),
});
export type Provenance = Static<typeof ProvenanceSchema>;

export const DraftSubmitted = defineEvent('DraftSubmitted', {
  version: 2,
  upcast: { 1: (data) => data }, // what came is optional
  schema: Strict({
    draftId: Id,
    reviewId: Id,
    assistantId: Id,
    /** Whose wish it was: counts as its submitter, beside the assistant. */
    requestedBy: Type.Optional(Id),
    subject: Strict({ type: Type.String(), id: Type.String() }),
    /** Whose key seals what is personal here: that of the subject under review. */
    subjectRef: Id,
    provenance: ProvenanceSchema,
    /** Where its maker is told how it ended; address and secret are sealed elsewhere, under these ids. */
    callback: Nullable(Strict({ origin: Type.String(), addressId: Id, secretId: Id })),
    at: Type.String(),
  }),
  sample: {
    draftId: '0192c7a0-0000-5000-8000-000000000006',
    reviewId: '0192c7a0-0000-7000-8000-000000000001',
    assistantId: 'usr_robot',
    requestedBy: 'usr_olly',
    subject: { type: 'letter', id: 'letter-1' },
    subjectRef: '6e0c1f0a-3b5e-5d51-8a43-0b8f6a2f3f10',
    provenance: {
      model: 'writer-4',
      promptHash: 'a'.repeat(64),
      sources: [{ ref: 'Statement of Ann Archer', sha256: 'b'.repeat(64) }],
      generatedAt: '2026-11-22T08:59:00.000Z',
    },
    callback: {
      origin: 'https://assistants.example.com',
      addressId: '0192c7a0-0000-5000-8000-000000000007',
      secretId: '0192c7a0-0000-5000-8000-000000000008',
    },
    at: '2026-11-22T09:00:00.000Z',
  },
});

export const draftEvents = [DraftSubmitted] as const;
export type DraftEvent = EventsOf<typeof draftEvents>;
