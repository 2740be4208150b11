/** A fact. Its `type` and `data` are what is stored: changing them is a migration, not a refactoring. */
export type DomainEvent<Type extends string = string, Data = unknown> = Readonly<{ type: Type; data: Readonly<Data> }>;

export type ActorKind = 'user' | 'system' | 'service' | 'assistant';

/** Who acts, with the roles held at that moment; `onBehalfOf` is the principal a delegate acts for. */
export type Actor = Readonly<{ id: string; kind: ActorKind; roles: readonly string[]; onBehalfOf?: string }>;

/** Everything the outside world knows about a command, gathered once at the door: who, when, by which request. */
export type CommandMetadata = Readonly<{
  /** UUIDv5 of workspace, principal, method, path and Idempotency-Key; random without a key. */
  commandId: string;
  /** SHA-256 (hex) of the canonical request body. */
  commandHash: string;
  actor: Actor;
  workspaceId: string;
  /** The server's (or the virtual) clock, RFC 3339 UTC. */
  now: string;
  correlationId: string;
  causationId: string;
  requestId?: string;
  traceparent?: string;
  /**
   * The streams that the actor's right to give commands was found in, at the revisions seen: not stored, but checked by
   * the append of whatever is recorded. None: there is nothing that could be taken away.
   */
  standing?: ReadonlyMap<string, bigint>;
}>;

/**
 * An intention. `data` is what was asked; `facts` is what the handler gathered that the decider cannot know
 * (a snapshot of the directory, a hash, a published definition).
 */
export type Command<Type extends string = string, Data = unknown, Facts = unknown> = Readonly<{
  type: Type;
  data: Readonly<Data>;
  facts: Readonly<Facts>;
  metadata: CommandMetadata;
}>;

/** A stored event as rooms see it: decoded, upcast to the newest version, personal fields readable (or `Erased`). */
export type Recorded<E extends DomainEvent = DomainEvent> = E extends DomainEvent
  ? E &
      Readonly<{
        id: string;
        streamId: string;
        revision: bigint;
        /** Opaque; compare only through the event store. */
        position: string;
        /** RFC 3339 UTC, from the command's metadata. */
        recordedAt: string;
        workspaceId: string;
        actor: Actor;
        commandId: string;
        commandType: string;
        commandHash: string;
        correlationId: string;
        causationId: string;
        requestId?: string;
      }>
  : never;
