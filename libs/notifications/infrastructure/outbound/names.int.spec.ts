import { getActiveResourcesInfo } from 'node:process';
import { nameServer, receiver, type NameServer } from '#libs/testing/receivers';
import { byNameServers } from './names.js';
import { OutboundHttp } from './outbound-http.js';
import { defaultPolicy } from './outbound-policy.js';

describe('addresses of a name', () => {
  let names: NameServer;
  beforeEach(async () => {
    names = await nameServer((name, _, type) => {
      if (name.startsWith('silent') || name === `deaf-to-${type.toLowerCase()}.example.com`) return undefined;
      return name === 'none.example.com' ? [] : ['127.0.0.1', '::1'];
    });
  });
  afterEach(() => names.close());
  const patience = () => new AbortController();
  const find = (host: string, timeoutMs = 60_000) => byNameServers([names.address], timeoutMs)(host, patience().signal);

  it('are all that a name server knows, of both kinds', async () => {
    expect(await find('both.example.com')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(await find('none.example.com')).toEqual([]);
  });

  it('are asked of name servers alone, but for this machine itself', async () => {
    expect(await find('localhost')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(names.asked).toEqual([]);
    await find('api.example.com');
    expect(names.asked.toSorted()).toEqual(['api.example.com A', 'api.example.com AAAA']);
  });

  it('are those of one kind when the other is not answered', async () => {
    expect(await find('deaf-to-aaaa.example.com', 1000)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    await expect(find('silent.example.com', 1000)).rejects.toMatchObject({ code: 'ETIMEOUT' });
  });

  it('are no longer looked for when nobody waits any more', async () => {
    const waiting = patience();
    const found = byNameServers([names.address], 60_000)('silent.example.com', waiting.signal);
    waiting.abort();
    await expect(found).rejects.toMatchObject({ code: 'ECANCELLED' });
  });

  it('that a name server is silent about keep no other name waiting', async () => {
    const waiting = patience();
    const look = byNameServers([names.address], 60_000);
    let given = 0;
    const silent = Array.from({ length: 16 }, (_, i) =>
      look(`silent-${i}.example.com`, waiting.signal).catch((error: NodeJS.ErrnoException) => {
        given += 1;
        return error.code;
      }),
    );
    while (names.asked.filter((question) => question.startsWith('silent')).length < 32)
      await new Promise((done) => setTimeout(done, 5));
    const target = await receiver();
    const http = new OutboundHttp({ ...defaultPolicy, allowLoopback: true, plainHttp: true }, { resolve: look });
    const url = `http://healthy.example.com:${target.port}/`;
    expect(await http.post({ url, headers: {}, body: '{}' })).toEqual({ outcome: 'delivered', status: 204 });
    // The system's look-up runs in threads that all would be taken.
    expect(getActiveResourcesInfo()).not.toContain('GetAddrInfoReqWrap');
    expect(given).toBe(0);
    waiting.abort();
    expect(await Promise.all(silent)).toEqual(silent.map(() => 'ECANCELLED'));
    await target.close();
  });
});
