import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ownPort } from './own-port.js';

describe('a port of its own', () => {
  it('is free, given once, and none of those the system hands out by itself', async () => {
    const ports = await Promise.all(Array.from({ length: 500 }, ownPort));
    expect(new Set(ports).size).toBe(500);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('is claimed against other processes too', async () => {
    const claim = createSocket('udp4').bind({ port: await ownPort(), address: '127.0.0.1', exclusive: true });
    await expect(once(claim, 'listening')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
