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
    const { port } = server.address() as AddressInfo;
    mailer = new Mailer({ url: `smtp://127.0.0.1:${port}`, from: 'reviews@countersign.example', timeoutMs: 300 });
  });
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
});
