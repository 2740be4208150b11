import { Codec } from '#libs/event-store/application/codec';
import { RevisionMismatch } from '#libs/event-store/application/errors';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { Database } from '#libs/postgres/infrastructure/database';
import { metadataFor } from '#libs/testing/events';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { WebhookStateRefused } from '../domain/notification.errors.js';
import { noPreferences } from '../domain/preferences.decider.js';
import { preferencesEvents } from '../domain/preferences.events.js';
import { MOST_WEBHOOKS } from '../domain/webhook.decider.js';
import { webhookEvents } from '../domain/webhook.events.js';
import type { KnownWebhook } from '../domain/webhook.state.js';
import { ChangeWebhookCommand, ChangeWebhookHandler } from '../application/commands/change-webhook.handler.js';
import { RegisterWebhookCommand, RegisterWebhookHandler } from '../application/commands/register-webhook.handler.js';
import {
  RotateWebhookSecretCommand,
  RotateWebhookSecretHandler,
} from '../application/commands/rotate-webhook-secret.handler.js';
import { SetPreferencesCommand, SetPreferencesHandler } from '../application/commands/set-preferences.handler.js';
import { Outbound } from '../application/outbound.js';
import { PreferencesStreams } from '../application/preferences-streams.js';
import { SealedAddresses } from '../application/sealed-addresses.js';
import { Secrets } from '../application/secrets.js';
import { WebhooksListed } from '../application/webhooks-listed.js';
import { WebhookStreams } from '../application/webhook-streams.js';
import { PostgresVault } from './postgres-vault.js';

/** Another one every time. */
class NumberedSecrets extends Secrets {
  private made = 0;

  override make(): string {
    this.made += 1;
    return `whsec_${this.made}`;
  }
}

class Anywhere extends Outbound {
  override objectionTo() {
    return undefined;
  }

  override async post() {
    return { outcome: 'delivered', status: 204 } as const;
  }
}

class ListedWebhooks extends WebhooksListed {
  count = 0;

  override async active() {
    return this.count;
  }
}

describe('a command that was refused and comes again under its key', () => {
  let database: TestDatabase;
  let vault: PostgresVault;
  beforeAll(async () => {
    database = await testDatabase();
    vault = new PostgresVault(new Database(database.pool), new InMemorySubjectKeys());
  });
  afterAll(() => database.close());

  function room() {
    const codec = new Codec(new EventRegistry([...webhookEvents, ...preferencesEvents]), new InMemorySubjectKeys());
    const store = new InMemoryEventStore();
    const addresses = new SealedAddresses(new Anywhere(), vault, new NumberedSecrets());
    const webhooks = new WebhookStreams(store, codec);
    const listed = new ListedWebhooks();
    const registering = new RegisterWebhookHandler(webhooks, addresses, listed);
    const order = { name: 'Bank', url: 'https://bank.example.com/a', events: ['*'] };
    return {
      listed,
      register: async (metadata = metadataFor('ada')) => {
        const { secret, state } = await registering.execute(new RegisterWebhookCommand(order, metadata));
        return { secret, webhook: state as KnownWebhook };
      },
      rotate: new RotateWebhookSecretHandler(webhooks, addresses),
      change: new ChangeWebhookHandler(webhooks, addresses),
      prefer: new SetPreferencesHandler(new PreferencesStreams(store, codec), addresses),
    };
  }

  it('answers the secret of a new webhook with which messages are signed', async () => {
    const { listed, register } = room();
    const metadata = metadataFor('ada');
    listed.count = MOST_WEBHOOKS;
    await expect(register(metadata)).rejects.toThrow(WebhookStateRefused);
    listed.count = 0;
    const { secret, webhook } = await register(metadata);
    expect(secret).toBe(await vault.open(webhook.secrets[0]!.secretId));
  });

  it('answers the secret that takes the place of another as it is kept', async () => {
    const { register, rotate } = room();
    const { webhookId } = (await register()).webhook;
    const metadata = metadataFor('ada');
    const seen = (expectedRevision: bigint) =>
      rotate.execute(new RotateWebhookSecretCommand({ webhookId }, metadata, { expectedRevision }));
    await expect(seen(7n)).rejects.toThrow(RevisionMismatch);
    const { secret, state } = await seen(0n);
    expect(secret).toBe(await vault.open((state as KnownWebhook).secrets[0]!.secretId));
  });

  it('calls the address of the second time, not of the first', async () => {
    const { register, change } = room();
    const { webhookId } = (await register()).webhook;
    const metadata = metadataFor('ada');
    const to = (url: string, expectedRevision: bigint, commandHash: string) =>
      change.execute(new ChangeWebhookCommand({ webhookId, url }, { ...metadata, commandHash }, { expectedRevision }));
    await expect(to('https://bank.example.com/old', 7n, 'h1')).rejects.toThrow(RevisionMismatch);
    const { state } = await to('https://new.example.com/new', 0n, 'h2');
    const { origin, addressId } = state as KnownWebhook;
    expect([origin, await vault.open(addressId)]).toEqual(['https://new.example.com', 'https://new.example.com/new']);
  });

  it("posts to somebody's chat of the second time, not of the first", async () => {
    const { prefer } = room();
    const metadata = metadataFor('ann');
    const to = (chatUrl: string, email: string | null, commandHash: string) => {
      const wishes = { ...noPreferences, mail: ['outcome'] as const, email, chatUrl };
      return prefer.execute(new SetPreferencesCommand(wishes, { ...metadata, commandHash }));
    };
    await expect(to('https://chat.example.com/old', null, 'h1')).rejects.toMatchObject({ code: 'validation-failed' });
    const { state } = await to('https://chat.example.com/new', 'ann@example.com', 'h2');
    expect(await vault.open(state.chatAddressId!)).toBe('https://chat.example.com/new');
  });

  it("signs what goes to an assistant with the assistant's secret of the second time", async () => {
    const addresses = new SealedAddresses(new Anywhere(), vault, new NumberedSecrets());
    const keeping = { keyRef: personKeyRef('bot'), metadata: metadataFor('bot'), dryRun: false };
    const [first, second] = [
      await addresses.keepSecret('whsec_old', keeping),
      await addresses.keepSecret('whsec_new', keeping),
    ];
    expect([await vault.open(first), await vault.open(second)]).toEqual(['whsec_old', 'whsec_new']);
    expect(await addresses.keepSecret('whsec_old', keeping)).toBe(first);
  });
});
