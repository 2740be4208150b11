import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ownPort } from '#libs/testing/own-port';
import type { Control } from './control.js';

export interface ProcessOptions {
  readonly port?: number;
  /** Keeps the log, so that a killed server can be started again with it. */
  readonly file?: string;
}

interface Reply {
  readonly port?: number;
  readonly url?: string;
  readonly done?: string;
  readonly error?: string;
}

/** The test server as a process of its own (from dist/), for tests that kill it or that run several processes against it. */
export class EventStoreDbServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly replies: AsyncIterator<string>,
    private readonly lines: Interface,
    readonly port: number,
    readonly url: string,
  ) {}

  static async start({ port, file }: ProcessOptions = {}): Promise<EventStoreDbServerProcess> {
    const main = builtMain();
    const args = ['--port', String(port ?? (await ownPort())), ...(file === undefined ? [] : ['--file', file])];
    const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const replies = lines[Symbol.asyncIterator]();
    const { port: bound, url } = await next(replies);
    if (bound === undefined || url === undefined) throw new Error('The EventStoreDB test server did not say its port.');
    return new EventStoreDbServerProcess(child, replies, lines, bound, url);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Injects a fault or lifts one; orders are carried out one after the other. */
  async order(order: Control): Promise<void> {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { error } = await next(this.replies);
    if (error !== undefined) throw new Error(error);
  }

  /** Ends it, by default as a crash; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
    this.lines.close();
  }
}

async function next(replies: AsyncIterator<string>): Promise<Reply> {
  const { value, done } = await replies.next();
  if (done) throw new Error('The EventStoreDB test server ended.');
  return JSON.parse(value as string) as Reply;
}

function builtMain(): string {
  const here = import.meta.dirname;
  const built = here.includes('/dist/') ? here : resolve(here, '../../../dist/libs/testing/eventstoredb-server');
  const main = resolve(built, 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build first.`);
  return main;
}
