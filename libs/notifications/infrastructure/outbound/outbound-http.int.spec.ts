import { channel } from 'node:diagnostics_channel';
import { CircuitBreaker } from './circuit-breaker.js';
import { byNameServers, type Resolve } from './names.js';
import { OutboundHttp } from './outbound-http.js';
import { defaultPolicy, type OutboundPolicy } from './outbound-policy.js';
import { nameServer, receiver, type NameServer, type Receiver } from '#libs/testing/receivers';

const production: OutboundPolicy = { ...defaultPolicy, plainHttp: true, timeoutMs: 2000 };
const onThisMachine: OutboundPolicy = { ...production, allowLoopback: true };
const message = { headers: { 'content-type': 'application/json' }, body: '{"a":1}' };

/** Every spelling we know of an address that must not be called; `PORT` is where somebody listens. */
const hostile = [
  // this machine
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://api.localhost:PORT/',
  'http://localhost.localdomain:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.255.255.254:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0x7F.0x0.0x0.0x1:PORT/',
  'http://017700000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://127.0.0.0x1:PORT/',
  'http://00000177.0.0.1:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0.1.2.3:PORT/',
  'http://[::]:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[64:ff9b:1::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:7f00:1::]:PORT/',
  'http://[::1%25lo]:PORT/',
  'http://[::1%lo]:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://１２７.0.0.1:PORT/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/',
  'http://127%2e0%2e0%2e1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://loc%61lhost:PORT/',
  'http://127.0.0.1:PORT@localhost:PORT/',
  // somebody else's name in front
  'http://example.com@127.0.0.1:PORT/',
  'http://example.com:80@127.0.0.1:PORT/',
  'http://example.com%40127.0.0.1:PORT/',
  'http://user:secret@127.0.0.1:PORT/',
  'http://@127.0.0.1:PORT/',
  'http://:@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT#@example.com/',
  'http://127.0.0.1:PORT?@example.com/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http:\\\\127.0.0.1:PORT/',
  'http:/127.0.0.1:PORT/',
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
  'http://127.0.\t0.1:PORT/',
  ' http://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT/\r\nHost: example.com',
  'http://127.0.0.1\u0000.example.com:PORT/',
  'http://127.0.0.1\u200b:PORT/',
  // the house
  'http://10.0.0.1:PORT/',
  'http://10.255.255.255:PORT/',
  'http://172.16.0.1:PORT/',
  'http://172.31.255.255:PORT/',
  'http://192.168.0.1:PORT/',
  'http://192.168.1.254:PORT/',
  'http://3232235521:PORT/',
  'http://0xc0a80001:PORT/',
  'http://100.64.0.1:PORT/',
  'http://100.127.255.255:PORT/',
  'http://[fc00::1]:PORT/',
  'http://[fd12:3456:789a::1]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://printer.local:PORT/',
  'http://wiki.internal:PORT/',
  'http://router.home.arpa:PORT/',
  'http://intranet:PORT/',
  // what clouds tell about themselves
  'http://169.254.169.254:PORT/latest/meta-data/',
  'http://2852039166:PORT/latest/meta-data/',
  'http://0xa9fea9fe:PORT/',
  'http://0251.0376.0251.0376:PORT/',
  'http://169.254.170.2:PORT/v2/credentials',
  'http://[fd00:ec2::254]:PORT/',
  'http://[::ffff:169.254.169.254]:PORT/',
  'http://[::ffff:a9fe:a9fe]:PORT/',
  'http://[64:ff9b::a9fe:a9fe]:PORT/',
  'http://metadata.google.internal:PORT/computeMetadata/v1/',
  'http://100.100.100.200:PORT/',
  'http://192.0.0.192:PORT/',
  'http://168.63.129.16:PORT/',
  // nobody in particular, everybody, or not yet anybody
  'http://169.254.1.1:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fe80::1%25eth0]:PORT/',
  'http://224.0.0.1:PORT/',
  'http://239.255.255.250:PORT/',
  'http://[ff02::1]:PORT/',
  'http://255.255.255.255:PORT/',
  'http://240.0.0.1:PORT/',
  'http://192.0.2.1:PORT/',
  'http://198.51.100.1:PORT/',
  'http://203.0.113.1:PORT/',
  'http://198.18.0.1:PORT/',
  'http://192.88.99.1:PORT/',
  'http://[2001:db8::1]:PORT/',
  'http://[100::1]:PORT/',
  'http://[5f00::1]:PORT/',
  // other ways to talk
  'file:///etc/passwd',
  'ftp://127.0.0.1:PORT/',
  'gopher://127.0.0.1:PORT/_GET',
  'dict://127.0.0.1:PORT/',
  'ws://127.0.0.1:PORT/',
  'javascript:fetch("http://127.0.0.1:PORT/")',
  'data:text/plain,hello',
  'unix:/var/run/docker.sock',
  '//127.0.0.1:PORT/',
  '127.0.0.1:PORT',
  '',
  `http://127.0.0.1:PORT/${'a'.repeat(3000)}`,
] as const;

/** Answers of a name server for names that look like anybody's. */
const zone: Readonly<Record<string, readonly string[]>> = {
  'loopback.example.com': ['127.0.0.1'],
  'loopback6.example.com': ['::1'],
  'mapped.example.com': ['::ffff:7f00:1'],
  'nat64.example.com': ['64:ff9b::7f00:1'],
  'sixtofour.example.com': ['2002:7f00:1::'],
  'house.example.com': ['10.0.0.7'],
  'house2.example.com': ['192.168.0.7'],
  'ula.example.com': ['fd00::7'],
  'linklocal.example.com': ['169.254.169.254'],
  'linklocal6.example.com': ['fe80::1'],
  'cgnat.example.com': ['100.64.0.7'],
  'unspecified.example.com': ['0.0.0.0'],
  'unspecified6.example.com': ['::'],
  'multicast.example.com': ['224.0.0.1'],
  'mixed.example.com': ['93.184.215.14', '127.0.0.1'],
  'mixed6.example.com': ['93.184.215.14', '::1'],
  'xn--mnchen-3ya.example.com': ['127.0.0.1'],
  'empty.example.com': [],
};

describe('calling an address that somebody gave us', () => {
  let target: Receiver;
  let target6: Receiver;
  let names: NameServer;
  let resolve: Resolve;
  /** Every socket that this process opened to anybody, by TCP. */
  let sockets = 0;
  const count = () => (sockets += 1);

  beforeAll(async () => {
    target = await receiver();
    target6 = await receiver('::1');
    names = await nameServer((name, times) =>
      name === 'rebinding.example.com' ? [times === 1 ? '127.0.0.1' : '10.0.0.1'] : (zone[name] ?? []),
    );
    resolve = byNameServers([names.address]);
    channel('net.client.socket').subscribe(count);
  });
  afterAll(async () => {
    channel('net.client.socket').unsubscribe(count);
    await Promise.all([target.close(), target6.close(), names.close()]);
  });
  beforeEach(() => {
    sockets = 0;
    target.received.length = 0;
    target.answers((_, response) => response.writeHead(204).end());
  });

  const send = (url: string, policy: OutboundPolicy = production, breaker?: CircuitBreaker) =>
    new OutboundHttp(policy, { resolve, ...(breaker && { breaker }) }).post({ url, ...message });

  describe('of nobody on the public internet', () => {
    it('has many spellings', () => expect(new Set(hostile).size).toBeGreaterThan(110));

    it.each(hostile.map((url) => [url.slice(0, 80), url] as const))('opens no connection to %j', async (_, url) => {
      for (const { port, connections } of [target, target6]) {
        const before = connections();
        const result = await send(url.replaceAll('PORT', String(port)));
        expect(result).toMatchObject({ outcome: 'failed' });
        // Refused by what it is; not called and found dead.
        expect((result as { error: string }).error).toMatch(/^refused: |^name$/);
        expect(connections()).toBe(before);
      }
      expect(sockets).toBe(0);
    });

    it.each(Object.keys(zone))('opens no connection to what a name server says of %s', async (name) => {
      const before = target.connections() + target6.connections();
      const result = await send(`http://${name}:${target.port}/`);
      expect(result).toMatchObject({
        outcome: 'failed',
        error: name.startsWith('empty') ? 'name' : 'refused: address',
      });
      expect(names.asked).toContain(`${name} A`);
      expect([sockets, target.connections() + target6.connections()]).toEqual([0, before]);
    });

    it('does not either when loopback is allowed, but for loopback itself', async () => {
      for (const url of hostile.filter((each) => !/127\.|localhost|\[(0+:)*:*:?0*1\]|::1\]/i.test(each)))
        expect(await send(url.replaceAll('PORT', String(target.port)), onThisMachine)).toMatchObject({
          outcome: 'failed',
          error: expect.stringMatching(/^refused|^name/),
        });
      expect(sockets).toBe(0);
    });
  });

  it('calls this machine when a test says so, and sends what was given', async () => {
    const result = await send(`${target.url}/hook?x=1`, onThisMachine);
    expect(result).toEqual({ outcome: 'delivered', status: 204 });
    expect(target.received).toMatchObject([
      { url: '/hook?x=1', body: message.body, headers: { host: `127.0.0.1:${target.port}`, connection: 'close' } },
    ]);
    expect(sockets).toBe(1);
  });

  it('asks for a name once and calls what was answered then', async () => {
    const result = await send(`http://rebinding.example.com:${target.port}/`, onThisMachine);
    expect(result).toEqual({ outcome: 'delivered', status: 204 });
    expect(names.asked.filter((question) => question === 'rebinding.example.com A')).toHaveLength(1);
    expect(target.received[0]!.headers.host).toBe(`rebinding.example.com:${target.port}`);
  });

  it('takes http only when it is configured', async () => {
    const strict = { ...onThisMachine, plainHttp: false };
    expect(await send(target.url, strict)).toMatchObject({ error: 'refused: scheme', final: true });
    expect(new OutboundHttp(strict).objectionTo('https://example.com/hook')).toBeUndefined();
    expect(new OutboundHttp(strict).objectionTo('http://example.com/hook')).toContain('https://');
    expect(sockets).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    target.answers((_, response) => response.writeHead(status, { location: `${target.url}/elsewhere` }).end());
    expect(await send(target.url, onThisMachine)).toMatchObject({ outcome: 'failed', error: 'redirect', status });
    expect(target.received).toHaveLength(1);
  });

  it('reads no more of an answer than it must, and lets go of the connection', async () => {
    let written = 0;
    let closed = false;
    target.answers((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!closed && response.write(Buffer.alloc(64 * 1024))) written += 64;
      };
      response.on('drain', more).on('close', () => (closed = true));
      more();
    });
    expect(await send(target.url, onThisMachine)).toEqual({ outcome: 'delivered', status: 200 });
    while (!closed) await new Promise((done) => setTimeout(done, 10));
    expect(written).toBeLessThan(64 * 1024);
  });

  it('gives up on whoever says nothing, or never comes to an end', async () => {
    const hasty = { ...onThisMachine, timeoutMs: 200 };
    target.answers(() => undefined);
    expect(await send(target.url, hasty)).toMatchObject({ outcome: 'failed', error: 'timeout', final: false });
    target.answers((_, response) => void response.socket!.write('HTTP/1.1 200 OK\r\nx: '));
    expect(await send(target.url, hasty)).toMatchObject({ outcome: 'failed', error: 'timeout' });
    target.answers((_, response) => void response.writeHead(500, { 'content-length': '5' }).write('a'));
    expect(await send(target.url, hasty)).toMatchObject({ outcome: 'failed', error: 'status', status: 500 });
    const mute: Resolve = () => new Promise(() => undefined);
    expect(
      await new OutboundHttp(hasty, { resolve: mute }).post({ url: 'http://slow.example.com/', ...message }),
    ).toMatchObject({ error: 'timeout' });
  });

  it.each([
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol'],
    [
      'a switch of the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'protocol',
    ],
    ['endless headers', `HTTP/1.1 200 OK\r\n${`x: ${'a'.repeat(1000)}\r\n`.repeat(40)}\r\n`, 'protocol'],
    ['nothing at all', '', 'connection'],
  ])('survives %s', async (_, bytes, error) => {
    target.answers((_request, response) => void response.socket!.end(bytes));
    expect(await send(target.url, onThisMachine)).toMatchObject({ outcome: 'failed', error });
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [410, true],
    [413, true],
    [429, false],
    [500, false],
    [503, false],
  ])('takes %i for a failure (for good: %s)', async (status, final) => {
    target.answers((_, response) => response.writeHead(status).end('no'));
    expect(await send(target.url, onThisMachine)).toEqual({ outcome: 'failed', error: 'status', status, final });
  });

  it('hears when it is asked to wait, for an hour at most', async () => {
    target.answers((_, response) => response.writeHead(503, { 'retry-after': '120' }).end());
    expect(await send(target.url, onThisMachine)).toMatchObject({ retryAfterMs: 120_000 });
    target.answers((_, response) => response.writeHead(503, { 'retry-after': '999999999' }).end());
    expect(await send(target.url, onThisMachine)).toMatchObject({ retryAfterMs: 3_600_000 });
    target.answers((_, response) => response.writeHead(503, { 'retry-after': 'soon' }).end());
    expect(await send(target.url, onThisMachine)).not.toHaveProperty('retryAfterMs');
  });

  it('says nothing when nobody listens but that nobody listens', async () => {
    const gone = await receiver();
    await gone.close();
    expect(await send(gone.url, onThisMachine)).toEqual({
      outcome: 'failed',
      error: 'connection',
      status: null,
      final: false,
    });
  });

  it('makes no more calls at once than it may', async () => {
    let now = 0;
    let most = 0;
    target.answers((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        response.writeHead(204).end();
      }, 20);
    });
    const outbound = new OutboundHttp({ ...onThisMachine, concurrency: 3, perOrigin: 20 }, { resolve });
    const results = await Promise.all(Array.from({ length: 20 }, () => outbound.post({ url: target.url, ...message })));
    expect(results.every(({ outcome }) => outcome === 'delivered')).toBe(true);
    expect(most).toBe(3);
  });

  it('calls one origin a few times at once, and puts the others off at no cost', async () => {
    const answers: (() => void)[] = [];
    target.answers((_, response) => void answers.push(() => response.writeHead(204).end()));
    const outbound = new OutboundHttp(onThisMachine, { resolve });
    const called = Array.from({ length: 4 }, (_, i) => outbound.post({ url: `${target.url}/${i}`, ...message }));
    expect(await outbound.post({ url: `${target.url}/more`, ...message })).toEqual({
      outcome: 'postponed',
      forMs: expect.any(Number),
    });
    expect(await outbound.post({ url: target6.url, ...message })).toMatchObject({ outcome: 'delivered' });
    while (answers.length < 4) await new Promise((done) => setTimeout(done, 5));
    for (const answer of answers.splice(0)) answer();
    for (const result of await Promise.all(called)) expect(result).toMatchObject({ outcome: 'delivered' });
    target.answers((_, response) => response.writeHead(204).end());
    expect(await outbound.post({ url: target.url, ...message })).toMatchObject({ outcome: 'delivered' });
    expect(target.received).toHaveLength(5);
  });

  it('leaves a target alone that is down, and others not', async () => {
    const breaker = new CircuitBreaker({ threshold: 3, firstOpenMs: 60_000 });
    const outbound = new OutboundHttp(onThisMachine, { resolve, breaker });
    target.answers((_, response) => response.writeHead(500).end());
    for (let i = 0; i < 3; i++)
      expect(await outbound.post({ url: `${target.url}/${i}`, ...message })).toMatchObject({ outcome: 'failed' });
    const before = sockets;
    expect(await outbound.post({ url: `${target.url}/other`, ...message })).toMatchObject({ outcome: 'postponed' });
    expect(sockets).toBe(before);
    expect(await outbound.post({ url: target6.url, ...message })).toMatchObject({ outcome: 'delivered' });
  });
});
