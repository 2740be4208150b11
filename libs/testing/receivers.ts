import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certified } from './certificates.js';

/** What a receiver was sent. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The name that was asked for before anything was said (SNI); `false` = none, undefined = not over TLS. */
  readonly servername: string | false | undefined;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Connections accepted, whether a request followed or not. */
  connections(): number;
  /** How it answers from now on; 204 unless told. */
  answers(how: (request: Received, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** A real HTTP server of somebody else, on this machine; with a certificate it speaks HTTPS. */
export async function receiver(host = '127.0.0.1', certified?: Certified): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  let answer: (request: Received, response: ServerResponse) => void = (_, response) => response.writeHead(204).end();
  const hear = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined); // the sender was killed
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const it = {
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        servername: (request.socket as TLSSocket).servername as string | false | undefined,
      };
      received.push(it);
      answer(it, response);
    });
  };
  const server: Server = certified ? createSecureServer(certified, hear) : createServer(hear);
  server.on('connection', () => (connections += 1));
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${certified ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    received,
    connections: () => connections,
    answers: (how) => (answer = how),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface NameServer {
  readonly address: string;
  /** Questions asked, as `name type`. */
  readonly asked: string[];
  close(): Promise<void>;
}

const A = 1;
const AAAA = 28;

/** A real DNS server over UDP: `answers` gives the addresses for a name, asked each time anew; to undefined it is silent. */
export async function nameServer(
  answers: (name: string, times: number, type: 'A' | 'AAAA') => readonly string[] | undefined,
): Promise<NameServer> {
  const asked: string[] = [];
  const times = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString());
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join('.');
    asked.push(`${name} ${type === A ? 'A' : type === AAAA ? 'AAAA' : type}`);
    const time = (times.get(`${name} ${type}`) ?? 0) + 1;
    times.set(`${name} ${type}`, time);
    const known = answers(name, time, type === AAAA ? 'AAAA' : 'A');
    if (!known) return;
    const addresses = known.filter((address) => address.includes(':') === (type === AAAA));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => {
      const data = address.includes(':') ? bytesOf6(address) : Buffer.from(address.split('.').map(Number));
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(1, 6);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...records]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function bytesOf6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
