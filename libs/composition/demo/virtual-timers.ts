import type { Codec } from '#libs/event-store/application/codec';
import type { EventStore, Position } from '#libs/event-store/application/event-store';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Recorded } from '#libs/kernel/domain/message';
import {
  afterFirst,
  type CommandTarget,
  type ProcessManager,
  type Timer,
} from '#libs/processing/application/process-manager';

/**
 * The deadlines of the log under a clock of our own: the same process managers that the worker runs, folded in memory,
 * so that thirty days of deadlines fire in seconds and at their own times.
 */
export class VirtualTimers {
  private position: Position | 'start' = 'start';
  private readonly states = new Map<string, JsonObject>();
  /** What is left of each, by the id that it was set under. */
  private readonly timers = new Map<string, Timer>();
  private readonly types: readonly string[];

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly managers: readonly ProcessManager[],
    private readonly targets: ReadonlyMap<string, CommandTarget>,
  ) {
    this.types = [...new Set(managers.flatMap(({ types }) => types))];
  }

  /** Reacts to everything recorded since the last look. */
  async lookAtLog(): Promise<void> {
    for (let atHead = false; !atHead;) {
      const page = await this.store.readAll({ after: this.position, limit: 1000, types: this.types });
      for (const event of await this.codec.decode(page.events)) this.react(event);
      ({ next: this.position, atHead } = page);
    }
  }

  /** The next deadline of this workspace up to an instant. */
  next(workspaceId: string, until: string): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers.values())
      if (timer.workspaceId === workspaceId && timer.dueAt <= until && (!first || timer.dueAt < first.dueAt))
        first = timer;
    return first;
  }

  async fire(timer: Timer): Promise<void> {
    const { timerId, target, workspaceId, dueAt, payload } = timer;
    const left = afterFirst(timer);
    for (const [id, kept] of this.timers) {
      if (kept !== timer) continue;
      if (left) this.timers.set(id, left);
      else this.timers.delete(id);
    }
    const found = this.targets.get(target);
    if (!found) throw new Error(`There is no command target ${target}.`);
    await found.execute({ id: timerId, workspaceId, now: dueAt, payload });
  }

  private react(event: Recorded): void {
    for (const manager of this.managers) {
      if (!manager.types.includes(event.type)) continue;
      const key = `${manager.name}/${manager.key(event)}`;
      const { state, timers = [] } = manager.react(event, this.states.get(key) ?? manager.initialState);
      this.states.set(key, state);
      for (const change of timers) {
        if ('set' in change) this.timers.set(change.set.timerId, change.set);
        else if ('clear' in change) this.timers.delete(change.clear.timerId);
        else this.clearAll(change.clearAll);
      }
    }
  }

  private clearAll({ streamId, scope }: { readonly streamId: string; readonly scope?: string }): void {
    for (const [id, timer] of this.timers)
      if (timer.streamId === streamId && (scope === undefined || timer.scope === scope)) this.timers.delete(id);
  }
}
