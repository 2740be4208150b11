import { createServer, type AddressInfo, type Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { authority, type Certified } from '#libs/testing/certificates';
import { receiver, type Receiver } from '#libs/testing/receivers';
import type { Address } from './names.js';
import { OutboundHttp } from './outbound-http.js';
import { defaultPolicy } from './outbound-policy.js';

const policy = { ...defaultPolicy, allowLoopback: true, timeoutMs: 2000 };
const NAME = 'hooks.example.com';
const message = { headers: { 'content-type': 'application/json' }, body: '{"a":1}' };

/** Receivers on this machine, under names and certificates of the whole world. */
describe('calling over TLS', () => {
  const trusted = authority();
  const open: Receiver[] = [];
  const known = getCACertificates('default');
  /** What the names say, asked for the first, the second … time. */
  let answers: readonly (readonly Address[])[];
  let asked: string[];
  const here = { address: '127.0.0.1', family: 4 };

  beforeAll(() => setDefaultCACertificates([...known, trusted.cert]));
  afterAll(() => setDefaultCACertificates(known));
  beforeEach(() => {
    answers = [[here]];
    asked = [];
  });
  afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

  const listening = async (certified: Certified) => {
    const target = await receiver('127.0.0.1', certified);
    open.push(target);
    return target;
  };
  const outbound = () =>
    new OutboundHttp(policy, {
      resolve: async (host) => {
        asked.push(host);
        return answers[Math.min(asked.length, answers.length) - 1] ?? [];
      },
    });
  const send = (target: { port: number }, host = NAME, path = '/hook') =>
    outbound().post({ url: `https://${host}:${target.port}${path}`, ...message });

  it('asks for the name, in the handshake and in the request, though it calls an address', async () => {
    const target = await listening(trusted.issue([NAME]));
    expect(await send(target)).toEqual({ outcome: 'delivered', status: 204 });
    expect(target.received).toMatchObject([
      { url: '/hook', servername: NAME, headers: { host: `${NAME}:${target.port}` }, body: message.body },
    ]);
  });

  it('asks what the name means once: what it says afterwards leads nowhere', async () => {
    const target = await listening(trusted.issue([NAME]));
    answers = [[here], [{ address: '10.0.0.1', family: 4 }]];
    expect(await send(target)).toEqual({ outcome: 'delivered', status: 204 });
    expect(asked).toEqual([NAME]);
  });

  it('calls an address that is certified as such, and asks for no name then', async () => {
    const target = await listening(trusted.issue(['127.0.0.1']));
    expect(await send(target, '127.0.0.1')).toEqual({ outcome: 'delivered', status: 204 });
    expect(target.received[0]!.servername).toBe(false);
    expect(asked).toEqual([]);
  });

  it.each<[string, () => Certified]>([
    ['of another host', () => trusted.issue(['other.example.com'])],
    ['of a host that only begins alike', () => trusted.issue([`${NAME}.attacker.example`, 'example.com'])],
    ['of the address, not of the name', () => trusted.issue(['127.0.0.1'])],
    ['that is over', () => trusted.issue([NAME], -1)],
    ['of an authority that nobody knows', () => authority().issue([NAME])],
    ['of an authority that calls itself like one we know', () => authority('A test authority').issue([NAME])],
  ])('tells nothing to whoever shows a certificate %s', async (_, certified) => {
    const target = await listening(certified());
    expect(await send(target)).toEqual({ outcome: 'failed', error: 'certificate', status: null, final: false });
    expect(target.connections()).toBe(1);
    expect(target.received).toEqual([]);
  });

  it('does not follow a redirect, neither to this machine nor to the house', async () => {
    const target = await listening(trusted.issue([NAME]));
    const other = await receiver();
    open.push(other);
    for (const location of [
      other.url,
      'http://169.254.169.254/latest/meta-data/',
      `https://${NAME}:${target.port}/b`,
    ]) {
      target.answers((_, response) => response.writeHead(307, { location }).end());
      expect(await send(target)).toMatchObject({ outcome: 'failed', error: 'redirect', status: 307 });
    }
    expect(target.received.map(({ url }) => url)).toEqual(['/hook', '/hook', '/hook']);
    expect(other.connections()).toBe(0);
    expect(asked).toEqual([NAME, NAME, NAME]);
  });

  it('does not unpack what it is answered', async () => {
    const target = await listening(trusted.issue([NAME]));
    // Ten bytes of a header that says gzip, then what is none: whoever unpacks it fails.
    target.answers((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.alloc(50_000, 1)),
    );
    expect(await send(target)).toEqual({ outcome: 'delivered', status: 200 });
  });

  describe('with whoever does not speak it', () => {
    let server: Server;
    let says: string | undefined;
    beforeAll(async () => {
      server = createServer((socket) => {
        socket.on('error', () => undefined).resume();
        if (says !== undefined) socket.end(says);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    it.each([
      ['speaks plainly', 'HTTP/1.1 204 No Content\r\n\r\n', 'protocol'],
      ['hangs up', '', 'connection'],
      ['is silent', undefined, 'timeout'],
    ])('fails when it %s', async (_, answer, error) => {
      says = answer;
      expect(await send(server.address() as AddressInfo)).toMatchObject({ outcome: 'failed', error, final: false });
    });
  });
});
