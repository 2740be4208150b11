import type { Position } from '#libs/event-store/application/event-store';
import { literal, together, type RawRow, type Session } from './session.js';

/** Names one build of a group or process manager. */
export interface BuildKey {
  readonly name: string;
  readonly version: number;
  readonly build: number;
}

export interface Checkpoint extends BuildKey {
  readonly kind: 'projection' | 'process';
  readonly status: 'building' | 'live' | 'retired';
  readonly position: Position;
  readonly epoch: bigint;
  readonly applied: number;
  readonly parked: number;
  readonly sideEffectsAfter: Position | undefined;
  readonly halted: boolean;
  readonly error: string | null;
  readonly updatedAt: string;
}

export const CHANNEL = 'processing';

/** Said on the channel when builds come, go, switch, halt or resume. */
export const CHANGED = 'changed';
export const TIMERS = 'timers';
export const OUTBOX = 'outbox';
/** Said with the name of a group or process manager that somebody waits for, where another process leads it. */
export const AWAITS = 'awaits ';

export const labelOf = ({ name, version, build }: BuildKey): string => `${name} v${version} b${build}`;

const COLUMNS = `name, version, build, kind, status, position, epoch, applied, parked, side_effects_after,
  halted_at IS NOT NULL AS halted, error, to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at`;

export const where = ({ name, version, build }: BuildKey): string =>
  `name = ${literal(name)} AND version = ${version} AND build = ${build}`;

/** Begins a transaction and locks the checkpoint; undefined when another holds it or it is not to be worked on. */
export async function lock(session: Session, key: BuildKey, durable: boolean): Promise<Checkpoint | undefined> {
  const [row] = await session.run(
    `BEGIN READ WRITE; ${durable ? '' : 'SET LOCAL synchronous_commit = off;'}
     SELECT ${COLUMNS} FROM processing.processors
      WHERE ${where(key)} AND status <> 'retired' AND halted_at IS NULL FOR UPDATE SKIP LOCKED`,
  );
  return row && checkpointOf(row);
}

/** SQLSTATE of processing.hold. */
const NOT_HELD = 'CS001';

export const isNotHeld = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === NOT_HELD;

/**
 * Begins a transaction that must not be flushed and locks the checkpoint, which must be of this epoch; for those who
 * send more without waiting for the answer: all of it fails when this does. @throws `isNotHeld`
 */
export const hold = (session: Session, { name, version, build }: BuildKey, epoch: bigint): Promise<void> =>
  together([
    session.run('BEGIN READ WRITE; SET LOCAL synchronous_commit = off'),
    session.rows('SELECT processing.hold($1, $2, $3, $4)', [name, version, build, epoch], 'hold'),
  ]);

/** Begins a transaction and locks every build of a version (or of all versions) that is not retired, waiting for it. */
export async function lockAll(session: Session, name: string, version?: number): Promise<Checkpoint[]> {
  const rows = await session.run(
    `BEGIN READ WRITE; SET LOCAL lock_timeout = '10s';
     SELECT ${COLUMNS} FROM processing.processors
      WHERE name = ${literal(name)} ${version === undefined ? '' : `AND version = ${version}`} AND status <> 'retired'
      ORDER BY version, build FOR UPDATE`,
  );
  return rows.map(checkpointOf);
}

export async function read(session: Session, key: BuildKey): Promise<Checkpoint | undefined> {
  const [row] = await session.run(`SELECT ${COLUMNS} FROM processing.processors WHERE ${where(key)}`);
  return row && checkpointOf(row);
}

/** Every build that is not retired; of one name, or of all. */
export async function readAll(session: Pick<Session, 'run'>, name?: string): Promise<Checkpoint[]> {
  const rows = await session.run(
    `SELECT ${COLUMNS} FROM processing.processors
      WHERE status <> 'retired' ${name === undefined ? '' : `AND name = ${literal(name)}`} ORDER BY name, version, build`,
  );
  return rows.map(checkpointOf);
}

export interface Advance {
  readonly position: Position;
  readonly events: number;
  readonly parked: number;
}

/** Moves the locked checkpoint; the caller has made sure that it is not moved back. */
export const advance = (
  session: Session,
  { name, version, build }: BuildKey,
  { position, events, parked }: Advance,
): Promise<unknown> =>
  session.change(
    `UPDATE processing.processors
        SET position = $4, epoch = epoch + 1, applied = applied + $5, parked = parked + $6, updated_at = now()
      WHERE name = $1 AND version = $2 AND build = $3`,
    [name, version, build, position, events, parked],
    'advance',
  );

export const notifySql = (message: string): string => `SELECT pg_notify('${CHANNEL}', ${literal(message)})`;

/** Tells other processes that a live build has advanced. */
export const advancedMessage = ({ name, version, build }: BuildKey, position: Position): string =>
  `at ${name} ${version} ${build} ${position}`;

export function readAdvanced(message: string): (BuildKey & { position: Position }) | undefined {
  const [what, name, version, build, position] = message.split(' ');
  if (what !== 'at' || !name || !position) return undefined;
  return { name, version: Number(version), build: Number(build), position: position as Position };
}

/**
 * From here on this connection changes nothing outside of a transaction that says it will: what is sent behind a BEGIN
 * without waiting for its answer must not be done when the BEGIN was not.
 */
export const changeInTransactionsOnly = async (session: Session): Promise<void> =>
  void (await session.run('SET default_transaction_read_only = on'));

/** Stops a build where it is, for everybody to see. */
export async function halt(session: Session, key: BuildKey, error: string): Promise<void> {
  await session.run(
    `BEGIN READ WRITE;
     UPDATE processing.processors SET halted_at = now(), error = ${literal(error)}, updated_at = now()
      WHERE ${where(key)} AND halted_at IS NULL;
     ${notifySql(CHANGED)}; COMMIT`,
  );
}

/** Retires a locked build: it is no longer read, and dropped after a while. */
export const retireSql = (key: BuildKey): string =>
  `UPDATE processing.processors SET status = 'retired', retired_at = now(), epoch = epoch + 1, updated_at = now()
    WHERE ${where(key)}`;

export const goLiveSql = (key: BuildKey, sideEffectsAfter?: Position): string =>
  `UPDATE processing.processors SET status = 'live', live_at = now(), epoch = epoch + 1, updated_at = now()
    ${sideEffectsAfter === undefined ? '' : `, side_effects_after = ${literal(sideEffectsAfter)}`} WHERE ${where(key)}`;

/** Leadership over a build as long as this connection lives: what keeps a second process from taking turns. */
export async function tryLead(session: Session, key: BuildKey): Promise<boolean> {
  const [row] = await session.run(
    `SELECT pg_try_advisory_lock(hashtextextended(${literal(`processing ${labelOf(key)}`)}, 0)) AS leads`,
  );
  return row?.['leads'] === 't';
}

function checkpointOf(row: RawRow): Checkpoint {
  return {
    name: row['name'] ?? '',
    version: Number(row['version']),
    build: Number(row['build']),
    kind: row['kind'] as Checkpoint['kind'],
    status: row['status'] as Checkpoint['status'],
    position: row['position'] as Position,
    epoch: BigInt(row['epoch'] ?? 0),
    applied: Number(row['applied']),
    parked: Number(row['parked']),
    sideEffectsAfter: (row['side_effects_after'] ?? undefined) as Position | undefined,
    halted: row['halted'] === 't',
    error: row['error'] ?? null,
    updatedAt: row['updated_at'] ?? '',
  };
}
