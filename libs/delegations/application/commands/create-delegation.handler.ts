import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory, type DirectoryView } from '#libs/identity/application/directory';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { WorkflowCatalogue } from '#libs/workflows/application/workflow-catalogue';
import { createDelegation } from '../../domain/decisions/create-delegation.js';
import type { CreateDelegation, Standing } from '../../domain/delegation.commands.js';
import type { Scope } from '../../domain/delegation.events.js';
import type { Delegator } from '../../domain/delegation.state.js';
import { DelegationBook } from '../delegation-book.js';
import { DelegationStreams } from '../delegation-streams.js';
import { mayForOthers, type DelegationOptions } from '../reach.js';

/** `delegator`: the actor unless told. `from`: now unless told. `absence`: it follows from one, nobody asked for it. */
export class CreateDelegationCommand extends Command<Outcome<Delegator>> {
  constructor(
    readonly data: Readonly<{
      delegator?: string;
      delegate: string;
      from?: string;
      until: string;
      scope?: Scope;
      reason?: string;
      source?: 'absence';
    }>,
    readonly metadata: CommandMetadata,
    readonly options: DelegationOptions = {},
  ) {
    super();
  }
}

@CommandHandler(CreateDelegationCommand)
export class CreateDelegationHandler implements ICommandHandler<CreateDelegationCommand> {
  constructor(
    private readonly delegations: DelegationStreams,
    private readonly book: DelegationBook,
    private readonly directory: Directory,
    private readonly workflows: WorkflowCatalogue,
  ) {}

  async execute({ data, metadata, options }: CreateDelegationCommand): Promise<Outcome<Delegator>> {
    const { workspaceId, actor, now } = metadata;
    const { delegator: delegatorId = actor.id, delegate: delegateId, from = now, until, scope = {}, reason } = data;
    const isWorkflow = await this.known(workspaceId, scope);
    const facts = () => ({ ...this.facts(workspaceId, delegatorId, delegateId, options), isWorkflow });
    const command: CreateDelegation = {
      type: 'CreateDelegation',
      data: {
        delegationId: derivedId(metadata.commandId, 'delegation', 0),
        delegatorId,
        delegateId,
        from: new Date(from).toISOString(),
        until: new Date(until).toISOString(),
        scope,
        ...(reason !== undefined && { reason }),
        source: data.source ?? (delegatorId === actor.id ? 'own' : 'administrator'),
      },
      facts: facts(),
      metadata,
    };
    // Refused before their stream is looked for: that of somebody of another workspace is there, and would tell so.
    if (command.facts.delegator === 'unknown') createDelegation(command);
    const outcome = await this.delegations.handle(delegatorId, command, {
      ...options,
      premises: {
        // Two people who delegate to each other at once write different streams: one of them has to see the other.
        seen: () => this.downstream(workspaceId, delegatorId, delegateId),
        renewed: async (before) => {
          await this.book.current();
          return { ...before, facts: facts() } as typeof before;
        },
      },
    });
    await this.book.reached(outcome.receipt.position);
    return outcome;
  }

  private async known(workspaceId: string, { workflowKeys = [] }: Scope): Promise<(key: string) => boolean> {
    const found = await Promise.all(workflowKeys.map((key) => this.workflows.has(workspaceId, key)));
    const known = new Set(workflowKeys.filter((_, index) => found[index]));
    return (key) => known.has(key);
  }

  private facts(
    workspaceId: string,
    delegatorId: string,
    delegateId: string,
    { reach }: DelegationOptions,
  ): Omit<CreateDelegation['facts'], 'isWorkflow'> {
    const people = this.directory.snapshot(workspaceId);
    return {
      delegator: standingOf(people, delegatorId),
      delegate: standingOf(people, delegateId),
      mayForOthers: mayForOthers(reach, people.person(delegatorId)),
      grantedBy: (person) => this.book.grantedBy(workspaceId, person),
    };
  }

  /** Everybody the right may be passed on to, with where their streams stand. */
  private downstream(workspaceId: string, delegatorId: string, delegateId: string): ReadonlyMap<string, bigint> {
    const people = new Set([delegateId]);
    for (const person of people)
      for (const next of this.book.grantedBy(workspaceId, person)) people.add(next.delegateId);
    people.delete(delegatorId);
    return new Map(
      [...people].map((person) => [this.delegations.streamOf(person), this.book.revisionOf(workspaceId, person)]),
    );
  }
}

function standingOf(people: DirectoryView, userId: string): Standing {
  const person = people.person(userId);
  if (!person) return 'unknown';
  return person.active ? 'active' : 'inactive';
}
