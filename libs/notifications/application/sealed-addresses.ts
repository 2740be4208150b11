import { Injectable } from '@nestjs/common';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { NotificationInvalid } from '../domain/notification.errors.js';
import type { SealedAddress } from '../domain/webhook.commands.js';
import { Outbound } from './outbound.js';
import { Secrets } from './secrets.js';
import { Vault } from './vault.js';

/** For whom, by which command; a dry run keeps nothing. */
interface Keeping {
  readonly keyRef: string;
  readonly metadata: CommandMetadata;
  readonly dryRun: boolean | undefined;
}

/** Puts addresses and secrets where nobody reads them, before an event names them. */
@Injectable()
export class SealedAddresses {
  constructor(
    private readonly outbound: Outbound,
    private readonly vault: Vault,
    private readonly secrets: Secrets,
  ) {}

  /** @throws NotificationInvalid for an address that could never be called */
  check(url: string, pointer: string): void {
    const objection = this.outbound.objectionTo(url);
    if (objection !== undefined) throw new NotificationInvalid(pointer, 'refused-address', objection);
  }

  /** @throws NotificationInvalid */
  async keep(url: string, pointer: string, { keyRef, metadata, dryRun }: Keeping): Promise<SealedAddress> {
    this.check(url, pointer);
    const addressId = derivedId(metadata.commandId, 'address', 0);
    if (!dryRun) await this.vault.keep(addressId, keyRef, url);
    return { origin: originOf(url), addressId };
  }

  /** A new secret; when the command comes again, another one that is not kept: the first stays. */
  async makeSecret({ keyRef, metadata, dryRun }: Keeping): Promise<{ secretId: string; secret: string }> {
    const secretId = derivedId(metadata.commandId, 'secret', 0);
    const secret = this.secrets.make();
    if (!dryRun) await this.vault.keep(secretId, keyRef, secret);
    return { secretId, secret };
  }
}

/** Scheme, host and port; the path may be a secret. The address has passed for one. */
const originOf = (url: string): string => /^https?:\/\/[^/?#]*/i.exec(url)?.[0].toLowerCase() ?? '';
