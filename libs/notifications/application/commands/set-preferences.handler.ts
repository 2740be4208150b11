import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Preferences } from '../../domain/preferences.decider.js';
import { PreferencesStreams } from '../preferences-streams.js';
import { SealedAddresses } from '../sealed-addresses.js';

/** One's own preferences. `chatUrl`: absent = as it was, null = none. */
export class SetPreferencesCommand extends Command<Outcome<Preferences>> {
  constructor(
    readonly data: Omit<Preferences, 'chatAddressId'> & { readonly chatUrl?: string | null },
    readonly metadata: CommandMetadata,
    readonly options: { readonly expectedRevision?: bigint; readonly dryRun?: boolean } = {},
  ) {
    super();
  }
}

@CommandHandler(SetPreferencesCommand)
export class SetPreferencesHandler implements ICommandHandler<SetPreferencesCommand> {
  constructor(
    private readonly preferences: PreferencesStreams,
    private readonly addresses: SealedAddresses,
  ) {}

  async execute({ data: { chatUrl, ...data }, metadata, options }: SetPreferencesCommand) {
    const userId = metadata.actor.id;
    const keeping = { keyRef: personKeyRef(userId), metadata, dryRun: options.dryRun };
    const address =
      typeof chatUrl === 'string' ? (await this.addresses.keep(chatUrl, '/chatUrl', keeping)).addressId : chatUrl;
    const facts = address === undefined ? {} : { chatAddressId: address };
    return this.preferences.handle(
      userId,
      { type: 'SetPreferences', data: { ...data, userId }, facts, metadata },
      options,
    );
  }
}
