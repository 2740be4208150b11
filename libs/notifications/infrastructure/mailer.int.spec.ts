import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Mailer } from './mailer.js';

const mail = { id: 'a', to: 'ann@example.com', subject: 'Waits', text: 'It waits.' };

describe('a mail server', () => {
  let server: Server;
  const sockets = new Set<Socket>();
  /** How it answers what it is told; `more` writes until the connection is gone. */
  let answer: (line: string, say: (text: string) => void, more: (text: string) => void) => void;
  let mailer: Mailer;

  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      const say = (text: string) => void socket.write(`${text}\r\n`);
      const more = (text: string) => {
        const timer = setInterval(() => say(text), 20);
        socket.on('close', () => clearInterval(timer));
      };
      socket.on('error', () => undefined).on('data', (data) => answer(data.toString(), say, more));
      say('220 here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mailer = withPatience(300);
  });
  const withPatience = (timeoutMs: number) => {
    const { port } = server.address() as AddressInfo;
    return new Mailer({ url: `smtp://127.0.0.1:${port}`, from: 'reviews@countersign.example', timeoutMs });
  };
  afterEach(async () => {
    mailer.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server.close(resolve));
  });

  it('that never comes to the end of an answer holds nobody for ever', async () => {
    answer = (_, _say, more) => more('250-and more');
    expect(await mailer.send(mail)).toEqual({ outcome: 'failed', error: 'connection', status: null, final: false });
  });

  it('that hangs up is tried again', async () => {
    answer = () => sockets.forEach((socket) => socket.destroy());
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'failed', final: false });
  });

  it('that does not know the address says so for good', async () => {
    answer = (line, say) => say(line.startsWith('RCPT') ? '550 nobody here' : '250 fine');
    expect(await mailer.send(mail)).toEqual({ outcome: 'failed', error: 'status', status: 550, final: true });
  });

  it.each([
    ['MAIL', '530 5.7.0 Authentication required', 530],
    ['DATA', '554 5.7.1 too much today', 554],
    ['RCPT', '530 5.7.0 Authentication required', 530],
    ['RCPT', '550 5.7.1 relaying denied', 550],
    ['RCPT', '421 4.3.2 closing', 421],
  ])('that answers %s with %s is asked again, and left alone for a while', async (verb, words, status) => {
    answer = (line, say) => say(line.startsWith(verb) ? words : '250 fine');
    for (let i = 0; i < 5; i++)
      expect(await mailer.send(mail)).toEqual({ outcome: 'failed', error: 'status', status, final: false });
    expect(await mailer.send(mail)).toMatchObject({ outcome: 'postponed' });
  });

  it('that does not know some addresses is asked about others', async () => {
    answer = (line, say) => say(line.startsWith('RCPT') ? '550 5.1.1 nobody here' : '250 fine');
    for (let i = 0; i < 6; i++) expect(await mailer.send(mail)).toMatchObject({ outcome: 'failed', final: true });
  });

  it('that is slow is sent each mail once, four at a time, and the others later', async () => {
    const ends: (() => void)[] = [];
    let received = 0;
    answer = (line, say) => {
      if (line.includes('\r\n.\r\n')) {
        received += 1;
        ends.push(() => say('250 ok'));
      } else say(line.startsWith('DATA') ? '354 go' : '250 fine');
    };
    mailer = withPatience(30_000);
    const sending = Array.from({ length: 24 }, (_, i) => mailer.send({ ...mail, id: `m${i}` }));
    const others = await Promise.all(sending.slice(4));
    expect(others).toEqual(Array.from({ length: 20 }, () => ({ outcome: 'postponed', forMs: expect.any(Number) })));
    while (ends.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const end of ends.splice(0)) end();
    expect(await Promise.all(sending.slice(0, 4))).toEqual(
      Array.from({ length: 4 }, () => ({ outcome: 'delivered', status: 250 })),
    );
    expect(received).toBe(4);
  });

  it('is not sent any more what was given up', async () => {
    let isMute = true;
    const lines: string[] = [];
    answer = (line, say, more) => {
      lines.push(line);
      if (isMute && line.startsWith('MAIL')) more('250-and more');
      else say(line.startsWith('DATA') ? '354 go' : '250 fine');
    };
    const given = await Promise.all(['a', 'b', 'c', 'd'].map((id) => mailer.send({ ...mail, id })));
    expect(given.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed']);
    isMute = false;
    // Its connections are free again.
    expect(await mailer.send({ ...mail, id: 'later' })).toMatchObject({ outcome: 'delivered' });
    expect(lines.filter((line) => line.includes('Message-ID'))).toEqual([expect.stringContaining('<later@')]);
  });
});
