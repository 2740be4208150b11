import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The journeys read answers as a client would: by the documented names, without types of ours.
  readonly body: any;
}

export interface Options {
  /** Idempotency-Key; a fresh one by default, null for none. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

/** A client of the public API: one signed-in person, or nobody. */
export class Client {
  private constructor(
    readonly url: string,
    readonly accessToken?: string,
    readonly userId?: string,
  ) {}

  static anonymous = (url: string): Client => new Client(url);

  static async login(url: string, username: string, password = 'countersign-demo'): Promise<Client> {
    const { status, body } = await new Client(url).post('/auth/login', { username, password }, { key: null });
    if (status !== 200) throw new Error(`login of ${username}: ${status} ${JSON.stringify(body)}`);
    return new Client(url, body.accessToken, body.user.id);
  }

  get = (path: string, options: Options = {}): Promise<Answer> =>
    this.send('GET', path, undefined, { key: null, ...options });
  post = (path: string, body: unknown, options: Options = {}): Promise<Answer> =>
    this.send('POST', path, body, options);
  put = (path: string, body: unknown, options: Options = {}): Promise<Answer> => this.send('PUT', path, body, options);

  /** As `post`, but fails unless the answer is 2xx: for the steps a test takes for granted. */
  async must(path: string, body: unknown, options: Options = {}): Promise<Answer> {
    const answer = await this.post(path, body, options);
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  private async send(method: string, path: string, body: unknown, { key = randomUUID(), headers = {} }: Options) {
    const response = await fetch(`${this.url}${path.startsWith('/health') ? '' : '/api/v1'}${path}`, {
      method,
      // A killed server may leave a connection half open: a careful client does not wait for ever.
      signal: AbortSignal.timeout(20_000),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.accessToken ? { authorization: `Bearer ${this.accessToken}` } : {}),
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  }
}
