import type { Position } from '#libs/event-store/application/event-store';
import type { ProjectionGroup } from '../application/projection.js';
import { CHANGED, labelOf, notifySql, readAll, retireSql, type BuildKey, type Checkpoint } from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import { GroupLoop } from './group-loop.js';
import { buildTables, createTables } from './group-tables.js';
import { dropRetired } from './retired-builds.js';
import { ProcessLoop, type AnyProcess } from './process-loop.js';
import { literal, type Session } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** A projection group or a process manager, as far as their builds are alike. */
export type Processor =
  | { readonly kind: 'projection'; readonly group: ProjectionGroup }
  | { readonly kind: 'process'; readonly process: AnyProcess };

export const nameOf = (processor: Processor): string =>
  processor.kind === 'projection' ? processor.group.name : processor.process.name;

export const versionOf = (processor: Processor): number =>
  processor.kind === 'projection' ? processor.group.version : processor.process.version;

/** The loop that works on one build. */
export const loopOf = (context: ProcessingContext, processor: Processor, key: BuildKey): GroupLoop | ProcessLoop =>
  processor.kind === 'projection'
    ? new GroupLoop(context, processor.group, key)
    : new ProcessLoop(context, processor.process, key);

/**
 * Makes sure that this program's version of a processor has a build, live or on its way; makes its tables.
 * @param anew start a build also when there is a live one. @returns undefined when a newer version of a process manager
 * is live: an older one never takes over by itself.
 */
export async function ensureBuild(
  session: Session,
  context: ProcessingContext,
  processor: Processor,
  anew = false,
): Promise<Checkpoint | undefined> {
  const name = nameOf(processor);
  const version = versionOf(processor);
  const head = await context.store.head();
  await session.run(`BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(${literal(`register ${name}`)}, 0))`);
  try {
    const builds = await readAll(session, name);
    const mine = builds.filter((build) => build.version === version);
    const newer = processor.kind === 'process' && builds.find((b) => b.status === 'live' && b.version > version);
    const known = mine.find(({ status }) => status === 'building') ?? (anew ? undefined : mine[0]);
    if (known || (newer && !anew)) {
      await session.run('COMMIT');
      if (!known && newer) context.log.warn(`${name} v${version} stays passive`, { live: labelOf(newer) });
      return known;
    }
    const made = await insertBuild(session, context, processor, builds.length === 0 ? head : undefined);
    await session.run(`${notifySql(CHANGED)}; COMMIT`);
    return made;
  } catch (error) {
    if (session.usable) await session.run('ROLLBACK');
    throw error;
  }
}

/** @param born where the log ends when a process manager starts for the first time: its gate. */
async function insertBuild(
  session: Session,
  context: ProcessingContext,
  processor: Processor,
  born: Position | undefined,
): Promise<Checkpoint | undefined> {
  const name = nameOf(processor);
  const version = versionOf(processor);
  const [row] = await session.rows(
    'SELECT coalesce(max(build), 0) + 1 AS build FROM processing.processors WHERE name = $1 AND version = $2',
    [name, version],
  );
  const build = Number(row?.['build']);
  const tables = processor.kind === 'projection' ? buildTables(processor.group, version, build) : [];
  await createTables(session, tables, false);
  const gate = processor.kind === 'process' && born !== undefined ? literal(born) : 'NULL';
  await session.run(
    `INSERT INTO processing.processors (name, version, build, kind, status, position, side_effects_after, tables)
     VALUES (${literal(name)}, ${version}, ${build}, '${processor.kind}', 'building', ${literal(context.store.start)},
             ${gate}, ARRAY[${tables.map(({ physical }) => literal(physical)).join(', ')}]::text[])`,
  );
  const builds = await readAll(session, name);
  return builds.find((made) => made.version === version && made.build === build);
}

/** Starts and ends the loops of this program's processors as their builds come and go, and clears away old builds. */
export class Supervisor extends WorkLoop {
  private readonly loops = new Map<string, GroupLoop | ProcessLoop>();
  private registered = false;

  constructor(
    private readonly context: ProcessingContext,
    private readonly processors: readonly Processor[],
  ) {
    super('supervisor', context.database, context.log);
  }

  /** There may be new events, of interest to the loops of all, or of some, processors. */
  wakeLoops(isMeant: (name: string) => boolean = () => true): void {
    for (const loop of this.loops.values()) if (isMeant(loop.key.name)) loop.wake();
  }

  /** Somebody waits for what a processor makes of new events. */
  pressLoops(isMeant: (name: string) => boolean): void {
    for (const loop of this.loops.values()) if (isMeant(loop.key.name)) loop.press();
  }

  runs(processor: Processor): boolean {
    return this.processors.includes(processor);
  }

  leading(key: BuildKey): boolean {
    return this.loops.get(labelOf(key))?.leading ?? false;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()));
    this.loops.clear();
  }

  protected override async step(session: Session): Promise<Outcome> {
    if (!this.registered) {
      for (const processor of this.processors) {
        await this.tryHaltedAgain(session, processor);
        await ensureBuild(session, this.context, processor);
      }
      this.registered = true;
      this.context.announce.changed();
    }
    const builds = await readAll(session);
    for (const processor of this.processors) this.startLoops(processor, builds);
    await this.retireOldVersions(session, builds);
    await dropRetired(session, this.log, this.context.tuning.graceMs);
    return { sleep: this.context.tuning.pollMs };
  }

  /** A new start is how a fix arrives: what halted is tried once more, and halts again when nothing has changed. */
  private async tryHaltedAgain(session: Session, processor: Processor): Promise<void> {
    const halted = await session.change(
      `UPDATE processing.processors SET halted_at = NULL, error = NULL
        WHERE name = $1 AND version = $2 AND status <> 'retired' AND halted_at IS NOT NULL`,
      [nameOf(processor), versionOf(processor)],
    );
    if (halted > 0) this.log.warn(`${nameOf(processor)} had halted and is tried again`);
  }

  private startLoops(processor: Processor, builds: readonly Checkpoint[]): void {
    if (this.stopped) return;
    for (const key of builds) {
      const label = labelOf(key);
      if (key.name !== nameOf(processor) || key.version !== versionOf(processor) || this.loops.has(label)) continue;
      const loop = loopOf(this.context, processor, key);
      this.loops.set(label, loop);
      loop.start();
    }
    const running = new Set(builds.map(labelOf));
    for (const [label, loop] of this.loops) {
      if (running.has(label) || loop.key.name !== nameOf(processor)) continue;
      this.loops.delete(label);
      void loop.stop();
    }
  }

  /** Builds of an older version that no process has touched for long: the programs that used them are gone. */
  private async retireOldVersions(session: Session, builds: readonly Checkpoint[]): Promise<void> {
    for (const processor of this.processors) {
      const mine = builds.find((b) => b.name === nameOf(processor) && b.version === versionOf(processor));
      if (mine?.status !== 'live') continue;
      for (const old of builds) {
        if (old.name !== mine.name || old.version >= mine.version) continue;
        const retired = await session.run(
          `${retireSql(old)} AND status <> 'retired'
             AND updated_at < now() - interval '${this.context.tuning.oldVersionMs} milliseconds' RETURNING name`,
        );
        if (retired.length > 0) this.log.info(`${labelOf(old)} is retired: no program uses it any more`);
      }
    }
  }
}
