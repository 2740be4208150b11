import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly url: string;
  readonly received: ParsedMail[];
  /** Mail for the one refused by this is answered with the error; undefined = accepted. */
  refuses(how: (to: string) => { responseCode: number; message: string } | undefined): void;
  close(): Promise<void>;
}

/** A real SMTP server on this machine, whose mail is read as a mail program would. */
export async function mailServer(): Promise<MailServer> {
  const received: ParsedMail[] = [];
  let refusal: (to: string) => { responseCode: number; message: string } | undefined = () => undefined;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _session, done) {
      const refused = refusal(address);
      done(refused && Object.assign(new Error(refused.message), { responseCode: refused.responseCode }));
    },
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        // Accepted once it is there: whoever hears that it was sent finds it.
        simpleParser(Buffer.concat(chunks), (fault: Error | null, mail) => {
          if (!fault) received.push(mail);
          done(fault);
        });
      });
    },
  });
  // A sender that is killed resets its connection, which is no fault of the server.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    refuses: (how) => (refusal = how),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
