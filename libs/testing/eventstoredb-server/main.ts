// Usage: node dist/libs/testing/eventstoredb-server/main.js [--port n] [--file log.ndjson]
// Prints {"port":n,"url":"…"} once it listens, then reads orders (control.ts), one JSON object per line, and answers each
// with {"done":"…"} or {"error":"…"}. It ends with its standard input, so that no test leaves one behind.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { control, type Control } from './control.js';
import { EventStoreDbServer } from './server.js';

const { values } = parseArgs({ options: { port: { type: 'string' }, file: { type: 'string' } } });
const server = await EventStoreDbServer.start({
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  ...(values.file === undefined ? {} : { file: values.file }),
});

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
say({ port: server.port, url: server.url });

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  try {
    const order = JSON.parse(line) as Control;
    await control(server, order);
    say({ done: order.do });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
}
server.stop();
process.exit(0);
