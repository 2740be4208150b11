import type { JsonObject } from '#libs/kernel/domain/json';
import { Outbound, type CallResult } from '../application/outbound.js';
import { PreferencesQueries } from '../application/preferences-queries.js';
import { sentenceOf, type Notice } from '../domain/notice.js';
import type { Channel, DueDelivery } from './channel.js';
import type { Mailer } from './mailer.js';
import type { PostgresDeliveries } from './postgres-deliveries.js';

/** Where somebody looks at a review: a page, which asks who they are; following the link does nothing. */
export type ReviewLink = (reviewId: string) => string;

export const linkFrom =
  (template: string): ReviewLink =>
  (reviewId) =>
    template.replaceAll('{reviewId}', encodeURIComponent(reviewId));

/** More than this is not listed in one digest. */
const MOST_ITEMS = 200;

/** What a message to a person says, single or a digest. */
class Wording {
  constructor(
    private readonly deliveries: PostgresDeliveries,
    private readonly link: ReviewLink,
  ) {}

  async of({ id, payload }: DueDelivery): Promise<{ subject: string; text: string } | undefined> {
    const { notice } = payload as { notice?: JsonObject };
    const items = notice ? [notice] : await this.deliveries.collected(id, MOST_ITEMS + 1);
    const notices = items as unknown as Notice[];
    const [first] = notices;
    if (!first) return undefined;
    const lines = notices.slice(0, MOST_ITEMS).map((each) => `${sentenceOf(each)}\n${this.link(each.reviewId)}\n`);
    if (notices.length > MOST_ITEMS) lines.push('… and more.\n');
    const subject = notices.length === 1 ? sentenceOf(first) : `${lines.length} messages about reviews`;
    return { subject: subject.replaceAll(/\s+/g, ' '), text: lines.join('\n') };
  }
}

const nobody: CallResult = { outcome: 'failed', error: 'no receiver', status: null, final: true };

export class MailChannel implements Channel {
  readonly names = ['mail'] as const;
  private readonly wording: Wording;

  constructor(
    private readonly people: PreferencesQueries,
    private readonly mailer: Mailer,
    deliveries: PostgresDeliveries,
    link: ReviewLink,
  ) {
    this.wording = new Wording(deliveries, link);
  }

  async send(delivery: DueDelivery): Promise<CallResult> {
    const [address, words] = [
      await this.people.emailOf(delivery.workspaceId, delivery.target),
      await this.wording.of(delivery),
    ];
    if (address === undefined || !words) return nobody;
    return this.mailer.send({ id: delivery.id, to: address, ...words });
  }
}

/** Incoming webhooks as Slack, Mattermost, Rocket.Chat and others have them: a JSON object with a text. */
export class ChatChannel implements Channel {
  readonly names = ['chat'] as const;
  private readonly wording: Wording;

  constructor(
    private readonly people: PreferencesQueries,
    private readonly outbound: Outbound,
    deliveries: PostgresDeliveries,
    link: ReviewLink,
  ) {
    this.wording = new Wording(deliveries, link);
  }

  async send(delivery: DueDelivery): Promise<CallResult> {
    const [url, words] = [
      await this.people.chatUrlOf(delivery.workspaceId, delivery.target),
      await this.wording.of(delivery),
    ];
    if (url === undefined || !words) return nobody;
    const headers = { 'content-type': 'application/json', 'countersign-message-id': delivery.id };
    return this.outbound.post({ url, headers, body: JSON.stringify({ text: escaped(words.text) }) });
  }
}

/** What those chats read as markup is text here: a subject's id must not become a mention of everybody. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
