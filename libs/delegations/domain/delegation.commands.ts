import type { Command } from '#libs/kernel/domain/message';
import type { Scope, Source } from './delegation.events.js';
import type { Delegation } from './delegation.state.js';

/** What is known of somebody in the workspace of the command. */
export type Standing = 'active' | 'inactive' | 'unknown';

/** Let one person act for another, for a time and within a scope. */
export type CreateDelegation = Command<
  'CreateDelegation',
  {
    delegationId: string;
    delegatorId: string;
    delegateId: string;
    /** Canonical UTC. */
    from: string;
    until: string;
    scope: Scope;
    reason?: string;
    source: Source;
  },
  {
    delegator: Standing;
    delegate: Standing;
    /** Whether the actor may delegate in the name of this delegator. */
    mayForOthers: boolean;
    /** Grants of the workspace that are not revoked, by their delegator. */
    grantedBy: (delegatorId: string) => readonly Delegation[];
    /** Whether a workflow has this key. */
    isWorkflow: (key: string) => boolean;
  }
>;

/** End it before its time. */
export type RevokeDelegation = Command<
  'RevokeDelegation',
  { delegationId: string; delegatorId: string; reason?: string },
  { mayForOthers: boolean }
>;

export type DelegationCommand = CreateDelegation | RevokeDelegation;
