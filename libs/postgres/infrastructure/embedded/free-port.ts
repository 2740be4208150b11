import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what Linux, macOS and Windows hand out by themselves, to who listens on any port and to every outgoing
 * connection: nobody comes by such a port by chance while its owner is away.
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const ATTEMPTS = 100;

/** A port of 127.0.0.1 that nobody listens on, to be kept over restarts. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listening(randomInt(LOWEST, HIGHEST + 1)).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return listening(0); // a machine that has given them all away
}

/** The port on which it was possible to listen for a moment. */
async function listening(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
