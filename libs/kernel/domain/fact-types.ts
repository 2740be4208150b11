/** What a ruleset may say that its facts are; a fact of another type is unknown to its rules. */
export const FACT_TYPES = ['text', 'integer', 'decimal', 'boolean', 'list', 'map'] as const;
export type FactType = (typeof FACT_TYPES)[number];

/** Dotted paths into the facts, each with its type. */
export type FactTypes = Readonly<Record<string, FactType>>;
