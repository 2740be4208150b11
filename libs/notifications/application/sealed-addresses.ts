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
  async keep(url: string, pointer: string, keeping: Keeping): Promise<SealedAddress> {
    this.check(url, pointer);
    return { origin: originOf(url), addressId: await this.seal('address', url, keeping) };
  }

  /** A secret of whoever is called. @returns its id */
  keepSecret(secret: string, keeping: Keeping): Promise<string> {
    return this.seal('callback-secret', secret, keeping);
  }

  /** A new secret; when the command was refused and comes again, the one that was made the first time. */
  async makeSecret({ keyRef, metadata, dryRun }: Keeping): Promise<{ secretId: string; secret: string }> {
    const secretId = derivedId(metadata.commandId, 'secret', 0);
    const made = this.secrets.make();
    return { secretId, secret: dryRun ? made : await this.vault.keep(secretId, keyRef, made) };
  }

  /** Under an id that the text has a part in: a command that was refused may come again with another one. */
  private async seal(kind: string, text: string, { keyRef, metadata, dryRun }: Keeping): Promise<string> {
    // Not even a key is made.
    if (dryRun) return derivedId(metadata.commandId, kind, 0);
    const id = derivedId(metadata.commandId, kind, await this.vault.fingerprint(keyRef, text));
    await this.vault.keep(id, keyRef, text);
    return id;
  }
}

/** Scheme, host and port; the path may be a secret. The address has passed for one. */
const originOf = (url: string): string => /^https?:\/\/[^/?#]*/i.exec(url)?.[0].toLowerCase() ?? '';
