import { Injectable } from '@nestjs/common';
import { derivedId } from '#libs/kernel/domain/ids';
import { SubjectKeys, subjectKeyRef } from '#libs/event-store/application/subject-keys';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { RulesetCatalogue } from '#libs/workflows/application/rulesets/ruleset-catalogue';
import { branchOf, type Person } from '../domain/directory.js';
import type { May, Published } from '../domain/review.commands.js';
import { readContinuation, readScript } from '../domain/simulation/read-script.js';
import {
  simulate,
  starterOf,
  whatIf,
  type Script,
  type Simulation,
  type World,
} from '../domain/simulation/simulate.js';
import { strangers, type Doubt } from '../domain/simulation/strangers.js';
import { currentCalendars } from './current-calendars.js';
import { DefaultsInForce } from './defaults-in-force.js';
import type { LoadedReview } from './review-queries.js';
import { rulesPinnedBy } from './pinned-rules.js';
import { ReviewFacts } from './review-facts.js';

/** Who asks, when, and what people may do by their roles. */
export interface Asking {
  readonly workspaceId: string;
  readonly by: string;
  readonly now: string;
  readonly mayOf: (person: Pick<Person, 'roles'>) => May;
}

/** What came of a script, and what in it may not have been meant. */
export interface Played extends Simulation {
  readonly warnings: readonly Doubt[];
}

type Plain = Readonly<Record<string, unknown>>;

/** Thinks cases through, with the people and the rules of the workspace as they are now. Records nothing. */
@Injectable()
export class Simulations {
  constructor(
    private readonly facts: ReviewFacts,
    private readonly keys: SubjectKeys,
    private readonly calendars: CalendarCatalogue,
    private readonly rulesets: RulesetCatalogue,
    private readonly defaults: DefaultsInForce,
  ) {}

  /** @throws ValidationFailed for a script that cannot be played */
  async ofWorkflow(published: Published, plain: Plain, asking: Asking): Promise<Played> {
    const script = readScript(plain, { by: asking.by, at: asking.now });
    const world = await this.worldOf(published, script, asking);
    return { ...simulate(script, world), warnings: strangers(script, world.directory) };
  }

  /** What a script that starts a review is played in: all that the start of such a review is told, as it would be told it. */
  async worldOf(published: Published, script: Script, asking: Asking): Promise<World> {
    const { workspaceId } = asking;
    const { type, id } = script.start.subject;
    const world = this.world(asking, `${published.workflowId} ${id}`);
    const branchId = branchOf(starterOf(script, world.directory));
    const definition = this.defaults.fill(published.definition, { workspaceId, branchId, now: script.at });
    const { auto } = definition;
    const calendars = await currentCalendars(this.calendars, workspaceId, definition);
    const rules = auto && (await this.rulesets.newest(workspaceId, auto.ruleset));
    const subjectRef = subjectKeyRef(workspaceId, type, id);
    return {
      ...world,
      pinned: { published: { ...published, definition }, subjectRef, calendars, ...(rules && { rules }) },
      onResubmit: { ...(rules && { rules }) },
    };
  }

  /** From where a review stands, on its own frozen rules. @throws ValidationFailed */
  async ofReview({ review, revision }: LoadedReview, plain: Plain, asking: Asking): Promise<Played> {
    const continuation = readContinuation(plain);
    const { reviewId, subjectRef } = review;
    const key = await this.keys.current(subjectRef);
    const rules = await rulesPinnedBy(this.rulesets, asking.workspaceId, review);
    const world = {
      ...this.world(asking, `${reviewId} ${revision}`),
      reviewId,
      hash: (text: string) => key.hmac(text),
      onResubmit: { ...(rules && { rules }) },
    };
    const simulation = whatIf({ review, revision: Number(revision), now: asking.now }, continuation, world);
    return { ...simulation, warnings: strangers(continuation, world.directory) };
  }

  private world({ workspaceId, now, mayOf }: Asking, about: string): Omit<World, 'pinned'> {
    const seed = derivedId('simulation', workspaceId, about);
    const told = (at: string) => this.facts.of({ workspaceId, now: at }, {});
    return {
      seed,
      reviewId: derivedId(seed, 'review', 0),
      directory: told(now).directory,
      // Who acts for whom follows the clock of the script: what is granted for next week holds next week.
      facts: ({ person, now: at }) => {
        const { directory: _, ...facts } = told(at);
        return { ...facts, may: mayOf(person ?? { roles: [] }) };
      },
    };
  }
}
