import { createTransport, type Transporter } from 'nodemailer';
import type { CallResult } from '../application/outbound.js';
import { CircuitBreaker } from './outbound/circuit-breaker.js';
import { Turns } from './outbound/turns.js';

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
const CONNECTIONS = 4;

/** What a failed attempt says, as the transport has it. */
interface Refusal {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** Sends mail by the configured server. */
export class Mailer {
  private readonly transport: Transporter;
  private readonly breaker = new CircuitBreaker();
  /** A mail for each connection: none waits in the transport, where its time would run. */
  private readonly turns = new Turns(CONNECTIONS);
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
      maxConnections: CONNECTIONS,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as Parameters<typeof createTransport>[0]);
  }

  /** Never throws. */
  async send({ id, to, subject, text }: Mail): Promise<CallResult> {
    const busy = this.turns.ask(SERVER, performance.now());
    if (busy > 0) return { outcome: 'postponed', forMs: busy };
    const down = this.breaker.ask(SERVER, performance.now());
    if (down > 0) {
      this.turns.done(SERVER);
      return { outcome: 'postponed', forMs: down };
    }
    const began = performance.now();
    try {
      await this.transport.sendMail({
        from: this.options.from,
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${this.domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        // The limits of the transport are of silence: who says a little all the time is not heard for ever. What is
        // given up is not sent any more.
        signal: AbortSignal.timeout(this.options.timeoutMs * 2),
      });
      this.breaker.succeeded(SERVER);
      return { outcome: 'delivered', status: 250 };
    } catch (error) {
      return this.failure(error as Refusal);
    } finally {
      this.turns.done(SERVER, performance.now() - began);
    }
  }

  close(): void {
    this.transport.close();
  }

  private failure(refusal: Refusal): CallResult {
    const status = refusal.responseCode ?? null;
    const isOfAddress = saysOfAddress(refusal);
    // What is said of one address, or not even asked of the server, says nothing against the server.
    if (isOfAddress || (status === null && refusal.code === 'EENVELOPE')) this.breaker.succeeded(SERVER);
    else this.breaker.failed(SERVER, performance.now());
    const final = isOfAddress && status !== null && status >= 500;
    return { outcome: 'failed', error: status === null ? 'connection' : 'status', status, final };
  }
}

/**
 * Whether an answer is about the address alone. One about who sends, how much, or what may be relayed (530, and 5.7 of
 * RFC 3463) is the same for everybody, and may be another tomorrow.
 */
const saysOfAddress = ({ command, responseCode, response = '' }: Refusal): boolean =>
  command === 'RCPT TO' && responseCode !== 421 && responseCode !== 530 && !/^5\d\d[ -]5\.7\./.test(response);
