import { derivedId } from '#libs/kernel/domain/ids';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import type { AnyProcessManager, CommandTarget } from '#libs/processing/application/process-manager';
import type { Directory, Person } from '../domain/directory.js';
import { runningExecutions } from '../domain/review.state.js';
import { BlockedSteps, type Comer } from './blocked-steps.js';
import { VacateSeatsCommand, type VacateSeatsHandler } from './commands/vacate-seats.handler.js';
import type { reviewRoom } from './review-room.examples.js';
import { ReviewsTold } from './reviews-told.js';
import { SeatsGainedTarget } from './seats-gained.target.js';
import { seatsGained } from './seats-gained.js';
import { SeatsHeld } from './seats-held.js';
import { SeatsLostTarget } from './seats-lost.target.js';
import { seatsLost } from './seats-lost.js';
import { StandingChanges } from './standing-changes.js';

type Room = ReturnType<typeof reviewRoom>;

/** One open review, whatever somebody leaves behind: the read model may name one too many, never one too few. */
class HeldInOne extends SeatsHeld {
  constructor(private readonly reviewId: string) {
    super();
  }

  override async find() {
    return [this.reviewId];
  }
}

/** One review, where a step of it is blocked for want of people like this. */
class BlockedInOne extends BlockedSteps {
  constructor(
    private readonly room: Room,
    private readonly reviewId: string,
  ) {
    super();
  }

  override async find({ userId, roles }: Comer) {
    const { state } = await this.room.streams.load(this.reviewId);
    const asked = new Set([`USER ${userId}`, ...roles.map((role) => `ROLE ${role}`)]);
    const isMeant = runningExecutions(state).some(
      ({ blocked, assignments }) =>
        blocked !== null && assignments.some(({ live, kind, ref }) => live && asked.has(`${kind} ${ref}`)),
    );
    return isMeant ? [this.reviewId] : [];
  }
}

type Change = Readonly<{
  type: string;
  data: Readonly<{ userId: string; role?: string; from?: string; to?: null; at?: string }>;
}>;

/** What a directory records when somebody is no longer as before, in its order. */
export function changesOf(userId: string, was: Person | undefined, is: Person, at: string): readonly Change[] {
  const known = was?.roles ?? is.roles;
  const of = (type: string, more = {}): Change => ({ type, data: { userId, ...more } });
  return [
    ...(was ? [] : [of('UserRegistered')]),
    ...is.roles
      .filter((role) => !known.includes(role))
      .map((role) => of('RoleGranted', { role, from: at, to: null, at })),
    ...known.filter((role) => !is.roles.includes(role)).map((role) => of('RoleRevoked', { role })),
    ...(was?.active === false && is.active ? [of('UserActivated')] : []),
    ...(was?.active !== false && !is.active ? [of('UserDeactivated')] : []),
  ];
}

/**
 * The processes that follow the directory, with the targets they call, for one review. Each message gets the id that
 * `idOf` gives it: what is derived from it can be compared.
 */
export class DirectoryFollowed {
  private readonly targets: readonly CommandTarget[];
  private commandId = '';

  constructor(room: Room, reviewId: string) {
    const known = async () => undefined;
    const people = { reached: known, cameTo: known, user: (userId: string) => rolesHeld(room.directory, userId) };
    const changes = new StandingChanges(room.store, people as never, { waitFor: async () => undefined } as never);
    const vacate = {
      execute: ({ data, metadata }: VacateSeatsCommand) =>
        room.vacate.execute(new VacateSeatsCommand(data, { ...metadata, commandId: this.commandId })),
    };
    const told = new ReviewsTold(vacate as unknown as VacateSeatsHandler, new NodeHashing());
    this.targets = [
      new SeatsLostTarget(room.directory, changes, new HeldInOne(reviewId), told),
      new SeatsGainedTarget(changes, new BlockedInOne(room, reviewId), told),
    ];
  }

  /** What has to be carried out after a change, each by a command of the id that it is given. */
  after(change: Change, workspaceId: string, now: string): readonly ((commandId: string) => Promise<unknown>)[] {
    const id = derivedId('directory', now, change.type, change.data.userId, change.data.role ?? '');
    const event = { ...change, id, streamId: `user-${change.data.userId}`, workspaceId, position: '1' };
    return [seatsLost, seatsGained]
      .filter(({ types }) => (types as readonly string[]).includes(change.type))
      .flatMap((process: AnyProcessManager) => process.react(event as never, {} as never).outbox ?? [])
      .map((message) => (commandId) => {
        this.commandId = commandId;
        const target = this.targets.find(({ name }) => name === message.target);
        if (!target) throw new Error(`Nothing takes ${message.target}.`);
        return target.execute({ id: message.id, workspaceId, now, payload: message.payload });
      });
  }
}

const rolesHeld = (directory: { snapshot(): Pick<Directory, 'person'> }, userId: string) => ({
  roles: (directory.snapshot().person(userId)?.roles ?? []).map((role) => ({ role })),
});
