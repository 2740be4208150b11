import { Injectable } from '@nestjs/common';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { DelegationRefused, NoSuchDelegation } from '../domain/delegation.errors.js';
import { coverId, delegationOf, uncoverId, type AbsenceTold } from './absences.js';
import { CreateDelegationCommand, CreateDelegationHandler } from './commands/create-delegation.handler.js';
import { RevokeDelegationCommand, RevokeDelegationHandler } from './commands/revoke-delegation.handler.js';

/** Who acts when an absence does. */
const ABSENCE_DESK = 'system:absences';

interface Place {
  readonly workspaceId: string;
  readonly now: string;
  /** Only look whether it would be refused. */
  readonly dryRun?: boolean | undefined;
}

/** Makes and ends the delegations that absences bring; asked twice, it does nothing the second time. */
@Injectable()
export class AbsenceCover {
  constructor(
    private readonly create: CreateDelegationHandler,
    private readonly revoke: RevokeDelegationHandler,
    private readonly hashing: Hashing,
  ) {}

  /** @throws DelegationRefused when the substitute cannot act for the person, naming the member `substitute` */
  async begin({ userId, absenceId, cover }: AbsenceTold, place: Place): Promise<void> {
    if (!cover) return;
    const { substituteId: delegate, from, until } = cover;
    const data = { delegator: userId, delegate, from, until, source: 'absence' } as const;
    const metadata = this.metadata(coverId(absenceId), data, place);
    const { dryRun = false } = place;
    await this.create.execute(new CreateDelegationCommand(data, metadata, { dryRun })).catch((refusal: unknown) => {
      throw refusal instanceof DelegationRefused ? asSubstitute(refusal) : refusal;
    });
  }

  async end(absenceId: string, place: Place): Promise<void> {
    const data = { delegationId: delegationOf(absenceId) };
    const metadata = this.metadata(uncoverId(absenceId), data, place);
    await this.revoke.execute(new RevokeDelegationCommand(data, metadata)).catch((refusal: unknown) => {
      // An absence without a substitute brought none.
      if (!(refusal instanceof NoSuchDelegation)) throw refusal;
    });
  }

  private metadata(commandId: string, data: object, { workspaceId, now }: Place): CommandMetadata {
    return {
      commandId,
      commandHash: this.hashing.sha256(canonicalJson(data)),
      actor: { id: ABSENCE_DESK, kind: 'system', roles: [] },
      workspaceId,
      now,
      correlationId: commandId,
      causationId: commandId,
    };
  }
}

type Fault = Readonly<{ pointer: string; code: string; detail: string }>;

function asSubstitute({ details }: DelegationRefused): DelegationRefused {
  const faults = details['errors'] as unknown as readonly Fault[];
  return new DelegationRefused(
    faults.map((fault) => (fault.pointer === '/delegate' ? { ...fault, pointer: '/substitute' } : fault)),
  );
}
