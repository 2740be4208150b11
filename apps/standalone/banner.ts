import { resolve } from 'node:path';
import type { Config } from '#libs/composition/config';
import { cast, DEMO_PASSWORD } from '#libs/composition/demo/cast';
import type { Seeded } from '#libs/composition/demo/seed-demo';

interface Situation {
  readonly config: Config;
  readonly port: number;
  readonly database: { readonly port: number; readonly attached: boolean } | undefined;
  readonly seeded: Seeded | undefined;
  /** Nothing has ever been recorded. */
  readonly isEmpty: boolean;
  readonly seconds: number;
}

/** What a newcomer needs: where it is, who can sign in, what to try, and what really runs. */
export function banner({ config, port, database, seeded, isEmpty, seconds }: Situation): string {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  const lines = [
    '',
    `Countersign is ready at ${url} (after ${seconds.toFixed(1)} s)`,
    `  documentation   ${url}/docs    OpenAPI ${url}/api/openapi.json`,
    `  health          ${url}/health/ready`,
    `  event store     ${eventStore(config)}`,
    `  PostgreSQL      ${postgres(config, database)}`,
    '',
    ...(seeded ? demo(url, seeded) : isEmpty ? empty(config) : []),
    'Ctrl-C stops it; the next start finds everything as it was.',
    '',
  ];
  return lines.join('\n');
}

const eventStore = ({ eventStore: kind }: Config): string =>
  kind === 'postgres'
    ? 'PostgreSQL (EVENT_STORE=eventstoredb with EVENTSTORE_URL takes EventStoreDB instead)'
    : 'EventStoreDB at EVENTSTORE_URL';

function postgres({ dataDir }: Config, database: Situation['database']): string {
  if (!database) return 'at DATABASE_URL';
  const kept = database.attached ? ', kept running from an earlier start' : '';
  return `embedded, on port ${database.port}${kept}; data in ${dataDir}`;
}

function demo(url: string, { reviews, alreadyThere }: Seeded): string[] {
  const names = cast.map(({ username, role, workspaceId }) => `${username} (${role}, ${workspaceId})`);
  return [
    `Demo: ${reviews} reviews over 30 days${alreadyThere ? ', from an earlier start' : ''}. Password of all: ${DEMO_PASSWORD}`,
    ...inRows(names, 3).map((row) => `  ${row}`),
    '',
    'Three things to try:',
    '  1. Sign in, and keep the token:',
    `     TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' \\`,
    `       -d '{"username":"manager","password":"${DEMO_PASSWORD}"}' | node -pe 'JSON.parse(fs.readFileSync(0)).accessToken')`,
    '  2. See what waits for you, and by which way it came:',
    `     curl -s ${url}/api/v1/inbox -H "authorization: Bearer $TOKEN"`,
    '  3. Read the end of the audit trail:',
    `     curl -s '${url}/api/v1/audit/trail?limit=5' -H "authorization: Bearer $TOKEN"`,
    '',
  ];
}

const empty = ({ dataDir }: Config) => [
  'There is nobody yet. Make the first administrator in another terminal:',
  `  ${dataDir === resolve('.data') ? '' : `DATA_DIR=${dataDir} `}npx countersign init --username <name>`,
  '',
];

function inRows(items: readonly string[], columns: number): string[] {
  const width = Math.max(...items.map(({ length }) => length)) + 2;
  const rows: string[] = [];
  for (let i = 0; i < items.length; i += columns)
    rows.push(
      items
        .slice(i, i + columns)
        .map((item) => item.padEnd(width))
        .join('')
        .trimEnd(),
    );
  return rows;
}
