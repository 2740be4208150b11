import { createRequire } from 'node:module';
import type { Argon2Parameters } from 'node:crypto';
import { Worker } from 'node:worker_threads';

const SCRIPT = `
  const { argon2Sync } = require('node:crypto');
  const { setPriority } = require('node:os');
  const { parentPort, workerData } = require('node:worker_threads');
  const bcrypt = import(workerData.bcrypt);
  // Elsewhere it would be the priority of the whole process.
  if (process.platform === 'linux') setPriority(workerData.niceness);
  const carryOut = async ({ argon2id, password, hash }) =>
    argon2id ? argon2Sync('argon2id', argon2id) : (await bcrypt).default.compareSync(password, hash);
  let last = Promise.resolve();
  parentPort.on('message', ({ id, task }) => {
    last = last.then(() => carryOut(task)).then(
      (result) => parentPort.postMessage({ id, result }),
      (error) => parentPort.postMessage({ id, error }),
    );
  });
`;

/** Linux gives a thread of this niceness a tenth of a processor that others want as well, all of an idle one. */
const NICENESS = 10;
const BCRYPT = createRequire(import.meta.url).resolve('bcryptjs');

type Task = { readonly argon2id: Argon2Parameters } | { readonly password: string; readonly hash: string };
type Answer = { readonly id: number; readonly result?: unknown; readonly error?: Error };

/**
 * One thread that hashes passwords, one after the other, and yields to everything else: neither the event loop nor the
 * pool of libuv, where tokens are verified and files read, waits for it. Begun by the first password.
 */
export class HashingThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private tasks = 0;

  async argon2id(parameters: Argon2Parameters): Promise<Buffer> {
    return Buffer.from((await this.run({ argon2id: parameters })) as Uint8Array);
  }

  /** Whether the password is the one of a bcrypt hash. */
  async isBcryptOf(password: string, hash: string): Promise<boolean> {
    return (await this.run({ password, hash })) as boolean;
  }

  /** Whatever it still has to do is rejected; the next password begins another one. */
  async stop(): Promise<void> {
    await this.worker?.terminate();
  }

  private async run(task: Task): Promise<unknown> {
    const worker = (this.worker ??= this.begun());
    const id = ++this.tasks;
    const answer = Promise.withResolvers<unknown>();
    this.waiting.set(id, answer);
    worker.ref();
    worker.postMessage({ id, task });
    try {
      return await answer.promise;
    } finally {
      this.waiting.delete(id);
      // Idle, it does not keep the process.
      if (this.waiting.size === 0) worker.unref();
    }
  }

  private begun(): Worker {
    const worker = new Worker(SCRIPT, { eval: true, workerData: { bcrypt: BCRYPT, niceness: NICENESS } });
    worker.on('message', ({ id, result, error }: Answer) => {
      if (error) this.waiting.get(id)?.reject(error);
      else this.waiting.get(id)?.resolve(result);
    });
    let cause: unknown;
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      this.worker = undefined;
      const ended = new Error('The thread that hashes passwords has ended.', { cause });
      for (const { reject } of this.waiting.values()) reject(ended);
    });
    return worker;
  }
}
