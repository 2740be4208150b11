import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Outbound, type CallResult } from '../../application/outbound.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { byNameServers, type Address, type Resolve } from './names.js';
import type { OutboundPolicy } from './outbound-policy.js';
import { Turns } from './turns.js';
import { hostOf, isAllowed, TargetRefused, vetUrl } from './vet-url.js';

class CallFailed extends Error {
  override readonly name = 'CallFailed';

  constructor(readonly error: string) {
    super(error);
  }
}

const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Answers that will be the same for the same message. 408, 425 and 429 ask for another try. */
const isFinal = (status: number) => status === 410 || status === 413 || status === 501;

/**
 * The one way out. The name is looked up once, all its addresses are vetted, and the connection is made to one of
 * exactly these: what the name says a moment later does not matter. A redirect is a failure, not a way.
 */
export class OutboundHttp extends Outbound {
  private readonly resolve: Resolve;
  private readonly breaker: CircuitBreaker;
  private readonly turns: Turns;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly policy: OutboundPolicy,
    { resolve = byNameServers(), breaker = new CircuitBreaker() }: { resolve?: Resolve; breaker?: CircuitBreaker } = {},
  ) {
    super();
    this.resolve = resolve;
    this.breaker = breaker;
    this.turns = new Turns(policy.perOrigin);
  }

  override objectionTo(url: string): string | undefined {
    try {
      vetUrl(url, this.policy);
      return undefined;
    } catch (error) {
      if (error instanceof TargetRefused) return error.message;
      throw error;
    }
  }

  override async post(call: {
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string;
  }): Promise<CallResult> {
    let url: URL;
    try {
      url = vetUrl(call.url, this.policy);
    } catch (error) {
      return { outcome: 'failed', error: `refused: ${(error as TargetRefused).reason}`, status: null, final: true };
    }
    // Before the breaker: whoever it lets try has to call.
    const busy = this.turns.ask(url.origin, performance.now());
    if (busy > 0) return { outcome: 'postponed', forMs: busy };
    const down = this.breaker.ask(url.origin, performance.now());
    if (down > 0) {
      this.turns.done(url.origin);
      return { outcome: 'postponed', forMs: down };
    }
    const began = performance.now();
    const calling = this.inTurn(() => this.attempt(url, call.headers, call.body));
    const result = await calling.finally(() => this.turns.done(url.origin, performance.now() - began));
    // A receiver that answers is there, whatever it says; only its own faults count against it.
    const isDown =
      result.outcome === 'failed' && (result.status === null || result.status >= 500 || result.status === 429);
    if (isDown) this.breaker.failed(url.origin, performance.now());
    else this.breaker.succeeded(url.origin);
    return result;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.policy.concurrency) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private async attempt(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<CallResult> {
    const deadline = AbortSignal.timeout(this.policy.timeoutMs);
    try {
      const addresses = await this.vetted(hostOf(url), deadline);
      const { status, retryAfter } = await this.exchange(url, addresses, headers, body, deadline);
      if (status >= 200 && status < 300) return { outcome: 'delivered', status };
      const error = status >= 300 && status < 400 ? 'redirect' : 'status';
      const retryAfterMs = retryAfterOf(retryAfter);
      return {
        outcome: 'failed',
        error,
        status,
        final: isFinal(status),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    } catch (error) {
      if (error instanceof TargetRefused)
        return { outcome: 'failed', error: `refused: ${error.reason}`, status: null, final: true };
      return { outcome: 'failed', error: wordFor(error, deadline), status: null, final: false };
    }
  }

  /** @throws TargetRefused when any address of the name is not public: who mixes them has a plan. */
  private async vetted(host: string, deadline: AbortSignal): Promise<readonly Address[]> {
    const family = isIP(host);
    const addresses =
      family === 0 ? await beforeThe(deadline, this.resolve(host, deadline)) : [{ address: host, family }];
    if (addresses.length === 0) throw new CallFailed('name');
    if (!addresses.every(({ address }) => isAllowed(address, this.policy.allowLoopback)))
      throw new TargetRefused('address', 'The name has an address that is not public.');
    return addresses;
  }

  private exchange(
    url: URL,
    addresses: readonly Address[],
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; retryAfter: string | undefined }> {
    const host = hostOf(url);
    const bytes = Buffer.from(body);
    const options: RequestOptions & { servername?: string; rejectUnauthorized?: boolean } = {
      method: 'POST',
      protocol: url.protocol,
      host,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      // No connection is shared or kept: none can have been opened to an address that was vetted for somebody else.
      agent: false,
      lookup: pinnedTo(addresses),
      maxHeaderSize: 16 * 1024,
      signal,
      headers: { ...headers, host: url.host, 'content-length': String(bytes.length), connection: 'close' },
      // Whatever this process was told about certificates by its environment.
      ...(url.protocol === 'https:' && { rejectUnauthorized: true, servername: isIP(host) === 0 ? host : '' }),
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(options);
      request.on('error', reject);
      request.once('upgrade', (_, socket) => {
        socket.destroy();
        reject(new CallFailed('protocol'));
      });
      request.once('response', (response: IncomingMessage) => {
        // Its first line has come: what happens to the rest changes nothing.
        request.off('error', reject).on('error', () => undefined);
        void this.drain(response).then(() => {
          request.destroy();
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
        });
      });
      request.end(bytes);
    });
  }

  /**
   * The first line has said it all. Whoever answers politely is heard to the end; up to the limit and the deadline.
   */
  private drain(response: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > this.policy.maxResponseBytes) resolve();
      });
      for (const end of ['end', 'error', 'close']) response.once(end, () => resolve());
    });
  }
}

/** Answers every question for the host with the vetted addresses. */
const pinnedTo =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first!.address, first!.family);
  };

function beforeThe<T>(deadline: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new CallFailed('timeout'));
    deadline.addEventListener('abort', late, { once: true });
    work.then(resolve, () => reject(new CallFailed('name'))).finally(() => deadline.removeEventListener('abort', late));
  });
}

function wordFor(error: unknown, deadline: AbortSignal): string {
  if (deadline.aborted) return 'timeout';
  if (error instanceof CallFailed) return error.error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/^(ERR_TLS_CERT|CERT|UNABLE|DEPTH_ZERO|SELF_SIGNED|HOSTNAME)/.test(code)) return 'certificate';
  return /^(HPE_|ERR_SSL|EPROTO)/.test(code) ? 'protocol' : 'connection';
}

/** Seconds, or a date; at most an hour is waited for. */
function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) || ms <= 0 ? undefined : Math.min(ms, LONGEST_RETRY_AFTER_MS);
}
