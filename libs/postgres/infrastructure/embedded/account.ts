import { readFileSync, statSync } from 'node:fs';
import { EmbeddedPostgresError } from './launch-error.js';

/** The user PostgreSQL runs as; undefined = the user we are. */
export type Account = Readonly<{ uid: number; gid: number }> | undefined;

const PREFERRED = ['postgres', 'nobody', 'daemon'];

/**
 * PostgreSQL refuses to run as root. As root we give it an account that needs no setting up: `postgres` if the machine
 * has one, else `nobody`. The account must be listed: initdb looks its name up.
 */
export function accountFor(clusterDir: string): Account {
  if (process.getuid?.() !== 0) return undefined;
  return ownerOf(clusterDir) ?? unprivileged();
}

/** An existing cluster keeps its owner, whatever accounts the machine has got or lost since. */
function ownerOf(clusterDir: string): Account {
  try {
    const { uid, gid } = statSync(clusterDir);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

function unprivileged(): Account {
  const accounts = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter(([name, , uid, gid]) => name && Number(uid) > 0 && Number(gid) > 0)
      .map(([name, , uid, gid]) => [name as string, { uid: Number(uid), gid: Number(gid) }]),
  );
  const account = PREFERRED.map((name) => accounts.get(name)).find(Boolean) ?? [...accounts.values()][0];
  if (!account)
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and /etc/passwd lists no other user to run it as. Start as an ordinary user.',
    );
  return account;
}
