import type { Again, CommandTarget } from '../application/process-manager.js';
import type { ProcessingLog } from './processing-log.js';

/** No target of this name is known to this process. */
export class UnknownTarget extends Error {
  override readonly name = 'UnknownTarget';

  constructor(target: string) {
    super(`There is no target named ${target}.`);
  }
}

type Call = Parameters<CommandTarget['execute']>[0];

/** Longer than this no command takes; it counts as failed then, and is tried again. */
const LONGEST_CALL_MS = 20_000;

/** Where due timers and outbox messages go, by name. */
export class Targets {
  private readonly byName = new Map<string, CommandTarget>();

  constructor(targets: readonly CommandTarget[]) {
    for (const target of targets) this.register(target);
  }

  register(target: CommandTarget): void {
    if (this.byName.has(target.name)) throw new Error(`Two targets are named ${target.name}.`);
    this.byName.set(target.name, target);
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  async execute(name: string, call: Call): Promise<boolean | Again> {
    const target = this.byName.get(name);
    if (!target) throw new UnknownTarget(name);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`timeout: ${name} took too long`)), LONGEST_CALL_MS);
    });
    try {
      return await Promise.race([target.execute(call), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Targets that only a newer version knows: what waits for them is left alone, and the log says so once. */
export class Strangers {
  private told = '';

  /** @param what waits for them, as a sentence begins */
  constructor(
    private readonly log: ProcessingLog,
    private readonly what: string,
  ) {}

  /** @param targets their names; empty when nothing waits for any */
  tell(targets: string): void {
    if (targets !== '' && targets !== this.told)
      this.log.warn(`${this.what} wait for targets that this version does not know`, { targets });
    this.told = targets;
  }
}

/** 0.5 s after the first failure, doubling up to 10 minutes. */
export const backOffMs = (attempts: number): number => Math.min(500 * 2 ** Math.max(0, attempts - 1), 600_000);

/** How often whoever works on something says so, in milliseconds, so that its lease never ends. */
export const renewMs = (leaseMs: number): number => 0.3 * leaseMs;
