import type { ApiInstallation } from './api.examples.js';

export interface StreamedEvent {
  /** The Consistency-Token. */
  readonly token: string;
  readonly type: string;
  readonly stream: string;
  readonly reviewId: string;
  readonly revision: number;
  readonly position: string;
}

/** What somebody reads from `GET /stream`, until it ends or is left. */
export class Listening {
  readonly events: StreamedEvent[] = [];
  /** The last id that came, with an event or alone. */
  lastId = '';
  comments = 0;
  /** Resolves when the server has ended it, or it broke off. */
  readonly over: Promise<void>;
  ended = false;

  private constructor(
    readonly response: Response,
    private readonly leaving: AbortController,
  ) {
    this.over = this.read().finally(() => (this.ended = true));
  }

  /** Resolves once it has begun: whatever is recorded from now on comes. */
  static async open(api: ApiInstallation, as: string, lastEventId?: string): Promise<Listening> {
    const controller = new AbortController();
    const response = await fetch(`${api.url}/api/v1/stream`, {
      signal: controller.signal,
      headers: {
        authorization: `Bearer ${api.tokens.get(as) ?? as}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    if (response.status !== 200) throw new Error(`GET /stream: ${response.status} ${await response.text()}`);
    const listening = new Listening(response, controller);
    await listening.until('the first block', ({ lastId }) => lastId !== '');
    return listening;
  }

  /** What came of one review, as `revision type`. */
  of = (reviewId: string): string[] =>
    this.events.filter((it) => it.stream === `review-${reviewId}`).map(({ revision, type }) => `${revision} ${type}`);

  async until(what: string, condition: (listening: this) => boolean, ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (!condition(this)) {
      if (this.ended || performance.now() > end)
        throw new Error(
          `${what}: ${this.ended ? 'the stream ended' : 'did not come true'}; ${this.events.length} came`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async leave(): Promise<void> {
    this.leaving.abort();
    await this.over;
  }

  private async read(): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of this.response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) this.take(block);
      }
    } catch {
      // left, or cut off
    }
  }

  private take(block: string): void {
    const fields = block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    });
    if (fields.some(([name]) => name === '')) this.comments++;
    const id = fields.find(([name]) => name === 'id')?.[1];
    const data = fields.find(([name]) => name === 'data')?.[1];
    this.lastId = id ?? this.lastId;
    if (data !== undefined) this.events.push({ ...(JSON.parse(data) as StreamedEvent), token: id! });
  }
}
