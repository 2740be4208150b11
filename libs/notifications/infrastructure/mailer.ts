import { setTimeout as delay } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import type { CallResult } from '../application/outbound.js';
import { CircuitBreaker } from './outbound/circuit-breaker.js';

export interface MailOptions {
  /** `smtp://user:password@host:port` or `smtps://…` */
  readonly url: string;
  readonly from: string;
  readonly timeoutMs: number;
}

export interface Mail {
  /** Becomes the Message-ID: the same in every attempt, so that a mail program shows a repetition once. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const SERVER = 'smtp';

/** Sends mail by the configured server. */
export class Mailer {
  private readonly transport: Transporter;
  private readonly breaker = new CircuitBreaker();
  private readonly domain: string;

  constructor(private readonly options: MailOptions) {
    const { url, timeoutMs } = options;
    this.domain =
      options.from
        .split('@')
        .at(-1)
        ?.replace(/[^\w.-]/g, '') || 'countersign.invalid';
    this.transport = createTransport({
      url,
      pool: true,
      maxConnections: 4,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as Parameters<typeof createTransport>[0]);
  }

  /** Never throws. */
  async send({ id, to, subject, text }: Mail): Promise<CallResult> {
    const wait = this.breaker.ask(SERVER, performance.now());
    if (wait > 0) return { outcome: 'postponed', forMs: wait };
    try {
      const sending = this.transport.sendMail({
        from: this.options.from,
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${this.domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      await withinReason(sending, this.options.timeoutMs * 2);
      this.breaker.succeeded(SERVER);
      return { outcome: 'delivered', status: 250 };
    } catch (error) {
      return this.failure(error as { code?: string; responseCode?: number });
    }
  }

  close(): void {
    this.transport.close();
  }

  private failure({ code, responseCode }: { code?: string; responseCode?: number }): CallResult {
    const status = responseCode ?? null;
    // An answer about this one message says nothing against the server.
    if (code === 'EENVELOPE' || code === 'EMESSAGE') this.breaker.succeeded(SERVER);
    else this.breaker.failed(SERVER, performance.now());
    const final = (code === 'EENVELOPE' || code === 'EMESSAGE') && status !== null && status >= 500;
    return { outcome: 'failed', error: status === null ? 'connection' : 'status', status, final };
  }
}

/** The limits of the transport are of silence: who says a little all the time is not heard for ever. */
async function withinReason(sending: Promise<unknown>, ms: number): Promise<void> {
  const patience = new AbortController();
  const late = delay(ms, undefined, { signal: patience.signal }).then(() => Promise.reject(new Error('too slow')));
  try {
    await Promise.race([sending, late]);
  } finally {
    patience.abort();
    late.catch(() => undefined);
    sending.catch(() => undefined);
  }
}
