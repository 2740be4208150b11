import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { freePort } from '#libs/postgres/infrastructure/embedded/free-port';

/**
 * A free port of 127.0.0.1 that no other test is given while this process lives, for what is started, killed and started
 * again: the UDP port of the same number, which nobody uses, is held as the claim and ends with the process.
 */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    const claim = createSocket('udp4').unref();
    claim.bind({ port, address: '127.0.0.1', exclusive: true });
    try {
      await once(claim, 'listening');
      return port;
    } catch {
      claim.close(); // another test has it
    }
  }
}
