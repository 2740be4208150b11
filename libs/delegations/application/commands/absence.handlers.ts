import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import { UserOrders, type UserState } from '#libs/identity/application/user-orders';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { NotYoursToDelegate } from '../../domain/delegation.errors.js';
import { AbsenceCover } from '../absence-cover.js';
import { mayForOthers, type DelegationOptions } from '../reach.js';

abstract class AbsenceCommand<Data extends { userId: string }> extends Command<Outcome<UserState>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: DelegationOptions = {},
  ) {
    super();
  }
}

/** `from`: now unless told. `substitute`: who acts in the name of the person meanwhile. */
export class EnterAbsenceCommand extends AbsenceCommand<{
  userId: string;
  from?: string;
  until: string;
  substitute?: string;
  reason?: string;
}> {}

export class EndAbsenceCommand extends AbsenceCommand<{ userId: string; absenceId: string }> {}

/** The absence that a command enters. */
export const absenceIdOf = ({ commandId }: CommandMetadata): string => derivedId(commandId, 'absence', 0);

/** One's own absences are entered by oneself, those of others by whoever may delegate for them. */
@CommandHandler(EnterAbsenceCommand)
export class EnterAbsenceHandler implements ICommandHandler<EnterAbsenceCommand> {
  constructor(
    private readonly orders: UserOrders,
    private readonly cover: AbsenceCover,
    private readonly directory: Directory,
  ) {}

  async execute({ data, metadata, options }: EnterAbsenceCommand): Promise<Outcome<UserState>> {
    checkReach(this.directory, data.userId, metadata, options);
    const { userId, substitute: substituteId, reason } = data;
    const { workspaceId, now } = metadata;
    const absenceId = absenceIdOf(metadata);
    const [from, until] = [new Date(data.from ?? now).toISOString(), new Date(data.until).toISOString()];
    const told = { userId, absenceId, ...(substituteId !== undefined && { cover: { substituteId, from, until } }) };
    // A substitute who cannot act is refused before anything is recorded.
    await this.cover.begin(told, { workspaceId, now, dryRun: true });
    const who = { ...(substituteId !== undefined && { substituteId }), ...(reason !== undefined && { reason }) };
    const order = { type: 'EnterAbsence', data: { userId, absenceId, from, until, ...who }, metadata } as const;
    const outcome = await this.orders.send(order, options);
    if (!options.dryRun) await this.cover.begin(told, { workspaceId, now });
    return outcome;
  }
}

@CommandHandler(EndAbsenceCommand)
export class EndAbsenceHandler implements ICommandHandler<EndAbsenceCommand> {
  constructor(
    private readonly orders: UserOrders,
    private readonly cover: AbsenceCover,
    private readonly directory: Directory,
  ) {}

  async execute({ data, metadata, options }: EndAbsenceCommand): Promise<Outcome<UserState>> {
    checkReach(this.directory, data.userId, metadata, options);
    const outcome = await this.orders.send({ type: 'EndAbsence', data, metadata }, options);
    if (!options.dryRun) await this.cover.end(data.absenceId, metadata);
    return outcome;
  }
}

/** @throws NotFound, NotYoursToDelegate */
function checkReach(
  directory: Directory,
  userId: string,
  { workspaceId, actor }: CommandMetadata,
  { reach }: DelegationOptions,
): void {
  const person = directory.snapshot(workspaceId).person(userId);
  if (!person) throw new NotFound();
  if (userId !== actor.id && !mayForOthers(reach, person)) throw new NotYoursToDelegate();
}
