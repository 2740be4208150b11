import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastifyAdapter } from './fastify.js';

describe('a server that is closed', () => {
  it('waits no longer than its time for a body that never comes to its end', async () => {
    const instance = fastifyAdapter({ limits: { bodyLimit: 1000, drainSeconds: 0 }, trustedProxies: 0 }).getInstance();
    instance.post('/', async () => 'all of it');
    await instance.listen({ host: '127.0.0.1', port: 0 });
    const begun = once(instance.server, 'request');
    const client = connect((instance.server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    const cut = once(client, 'close');
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{');
    await begun;
    await instance.close();
    await cut;
    expect(client.destroyed).toBe(true);
  });

  it('answers what was begun before', async () => {
    const instance = fastifyAdapter({ limits: { bodyLimit: 1000, drainSeconds: 60 }, trustedProxies: 0 }).getInstance();
    const [asked, told] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    instance.get('/', () => {
      asked.resolve();
      return told.promise;
    });
    const answer = fetch(await instance.listen({ host: '127.0.0.1', port: 0 }));
    await asked.promise;
    const closed = instance.close();
    told.resolve('late');
    expect(await (await answer).text()).toBe('late');
    await closed;
  });
});
