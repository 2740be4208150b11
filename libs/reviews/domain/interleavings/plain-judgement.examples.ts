import type { Rule, Step } from '#libs/kernel/domain/workflow-definition';
import type { EventData } from '../event-data.js';
import type { ReviewEvent } from '../review.events.js';

/*
 * The rules of a review with one step, written down a second time, as plainly as possible and from the events alone, to
 * judge what the real ones have recorded.
 */

interface Seat {
  readonly id: string;
  readonly weight: number;
  readonly veto: boolean;
  readonly group: string | null;
  readonly assignee: number | null | undefined;
  live: boolean;
}

interface Vote {
  readonly id: string;
  readonly seat: string;
  readonly hands: readonly string[];
  verdict: 'approve' | 'reject' | 'abstain';
  revision: number;
  rescinded: boolean;
}

const ENDS = ['ReviewApproved', 'ReviewRejected', 'ReviewWithdrawn', 'ReviewExpired', 'ReviewCancelled'];

/** Everything about these events that must not be. */
export function faultsOf(appends: readonly (readonly ReviewEvent[])[], step: Step): readonly string[] {
  const judge = new Judge(step);
  for (const events of appends) {
    for (const event of events) judge.see(event);
    judge.weighUp(events);
  }
  return judge.faults;
}

class Judge {
  readonly faults: string[] = [];
  private readonly seats: Seat[] = [];
  private readonly votes: Vote[] = [];
  private readonly contents: string[] = [];
  private readonly openItems = new Set<string>();
  private readonly recused = new Set<string>();
  /** Who keeps a seat, by the seat. */
  private readonly keepers = new Map<string, string>();
  /** What somebody has decided from above; the step is asked no more. */
  private overridden: 'satisfied' | 'rejected' | null = null;
  private submitter = '';
  private editor = '';
  private ended = '';
  private completed = 0;

  constructor(private readonly step: Step) {}

  see({ type, data }: ReviewEvent): void {
    // What was approved may be revised, while nothing was done on its strength.
    if (this.ended === 'ReviewApproved' && type === 'SubjectRevised') this.ended = '';
    // What came with the outcome.
    if (type === 'DecisionsRecounted') return;
    if (this.ended !== '') this.faults.push(`${type} after ${this.ended}`);
    if (ENDS.includes(type)) this.ended = type;
    switch (type) {
      case 'ReviewStarted':
        this.submitter = data.submittedBy;
        this.editor = data.submittedBy;
        this.contents.push(JSON.stringify(data.revision.content));
        return;
      case 'StepStarted':
        this.completed = 0;
        for (const seat of data.assignments) if (!this.seat(seat.assignmentId)) this.add(seat);
        return;
      case 'AssignmentAdded':
        return this.add(data.assignment);
      case 'AssignmentTransferred':
        this.close(data.assignmentId);
        return this.add(data.successor);
      case 'AssignmentVoided':
        if (data.scope !== 'person') this.close(data.assignmentId);
        if (data.cause === 'recused') this.recused.add(data.person);
        return;
      case 'AssignmentClaimed':
        if (this.keepers.has(data.assignmentId)) this.faults.push('a seat kept by two');
        this.keepers.set(data.assignmentId, data.claimedBy);
        return;
      case 'AssignmentReleased':
        this.keepers.delete(data.assignmentId);
        return;
      case 'ReviewOverridden':
        if ([this.submitter, this.editor].includes(data.overriddenBy)) this.faults.push('overridden by its submitter');
        this.overridden = data.outcome === 'approve' ? 'satisfied' : 'rejected';
        return;
      case 'DecisionRecorded':
        return this.vote(data);
      case 'DecisionChanged': {
        const vote = this.votes.find(({ id }) => id === data.decisionId);
        if (vote) Object.assign(vote, { verdict: data.verdict, revision: data.revision });
        return;
      }
      case 'DecisionRescinded': {
        const vote = this.votes.find(({ id }) => id === data.decisionId);
        if (vote) vote.rescinded = true;
        return;
      }
      case 'ChangesRequested':
        for (const { itemId, blocking } of data.items) if (blocking) this.openItems.add(itemId);
        return;
      case 'ChangeItemsCleared':
        for (const itemId of data.itemIds) this.openItems.delete(itemId);
        return;
      case 'SubjectRevised':
        this.editor = data.revision.editorId;
        this.contents.push(JSON.stringify(data.revision.content));
        return;
      case 'StepCompleted':
        this.completed += 1;
        if (this.completed > 1) this.faults.push('a step completed twice');
        return;
      case 'StepSkipped':
        if (JSON.stringify(data.trace).includes('unknown')) this.faults.push('skipped by what is not known');
        return;
      default:
        return;
    }
  }

  /** After each append: what had to follow has followed, and nothing else. */
  weighUp(events: readonly ReviewEvent[]): void {
    const has = (type: string) => events.some((event) => event.type === type);
    if (this.ended !== '' && !['ReviewApproved', 'ReviewRejected'].includes(this.ended)) return;
    const outcome = this.overridden ?? this.outcome();
    const told = has('StepCompleted') ? 'satisfied' : has('StepRejected') ? 'rejected' : 'open';
    if (this.ended === '' || events.some(({ type }) => type === this.ended))
      if (outcome !== told) this.faults.push(`the step is ${outcome}, told is ${told}`);
    if (has('ReviewApproved') && !has('StepCompleted')) this.faults.push('approved without the step');
  }

  private vote(data: EventData<'DecisionRecorded'>): void {
    const { decisionId, assignmentId, actorId, onBehalfOf, delegationPath, verdict, revision } = data;
    const hands = [actorId, ...(onBehalfOf === undefined ? [] : [onBehalfOf])];
    for (const hand of [...hands, ...delegationPath]) {
      if (hand === this.submitter || hand === this.editor) this.faults.push('decided on one’s own');
      if (this.recused.has(hand)) this.faults.push('decided after stepping back');
    }
    if (!this.seat(assignmentId)?.live) this.faults.push('decided on a seat that is gone');
    const keeper = this.keepers.get(assignmentId);
    if (keeper !== undefined && !hands.includes(keeper)) this.faults.push('decided on a seat that somebody keeps');
    if (revision !== this.contents.length) this.faults.push('decided on another revision');
    for (const other of this.counted()) {
      if (other.seat === assignmentId) this.faults.push('a seat filled twice');
      if (other.hands.some((hand) => hands.includes(hand))) this.faults.push('a person counted twice');
    }
    this.votes.push({ id: decisionId, seat: assignmentId, hands, verdict, revision, rescinded: false });
  }

  private counted(): readonly Vote[] {
    const now = this.contents.at(-1);
    return this.votes.filter(
      ({ rescinded, seat, revision, hands }) =>
        !rescinded &&
        this.seat(seat)?.live &&
        this.contents[revision - 1] === now &&
        !hands.some((hand) => this.recused.has(hand)),
    );
  }

  private outcome(): 'satisfied' | 'rejected' | 'open' {
    const votes = this.counted();
    const { step } = this;
    if (
      votes.some(
        ({ seat, verdict }) => verdict === 'reject' && (step.onReject === 'immediate' || this.seat(seat)?.veto),
      )
    )
      return 'rejected';
    const parts = [
      this.tally(step.rule, this.live),
      ...step.assignees.flatMap(({ minApprovals }, place) =>
        minApprovals === undefined
          ? []
          : [
              this.tally(
                { count: minApprovals },
                this.live.filter(({ assignee }) => assignee === place),
              ),
            ],
      ),
    ];
    if (parts.includes('no')) return 'rejected';
    const people = new Set(votes.map(({ hands }) => hands[0])).size;
    const isEnough = parts.every((part) => part === 'yes') && people >= step.floor && this.openItems.size === 0;
    return isEnough ? 'satisfied' : 'open';
  }

  private get live(): readonly Seat[] {
    return this.seats.filter(({ live }) => live);
  }

  private tally(rule: Rule, all: readonly Seat[]): 'yes' | 'no' | 'open' {
    if ('and' in rule) {
      const parts = rule.and.map((part) => this.tally(part, all));
      return parts.includes('no') ? 'no' : parts.every((part) => part === 'yes') ? 'yes' : 'open';
    }
    if ('or' in rule) {
      const parts = rule.or.map((part) => this.tally(part, all));
      return parts.includes('yes') ? 'yes' : parts.every((part) => part === 'no') ? 'no' : 'open';
    }
    const seats = rule.group === undefined ? all : all.filter(({ group }) => group === rule.group);
    const votes = this.counted();
    const sum = (verdict?: string) =>
      seats
        .filter(({ id }) => votes.find(({ seat }) => seat === id)?.verdict === verdict)
        .reduce((total, { weight }) => total + ('weight' in rule || 'percent' in rule ? weight : 1), 0);
    const [yes, no, abstained, open] = [sum('approve'), sum('reject'), sum('abstain'), sum()];
    const whole = yes + no + abstained + open;
    const share = (percent: string, of: number) =>
      Math.max(1, Math.ceil((Math.round(Number(percent) * 100) * of) / 10_000));
    const verdict = (isMet: boolean, isLost: boolean) =>
      isMet ? 'yes' : no > 0 && (isLost || open === 0) ? 'no' : 'open';
    if ('all' in rule) return verdict(yes >= 1 && yes === whole - abstained, no > 0);
    if ('percent' in rule) {
      const need = share(rule.percent, rule.of === 'seated' ? whole - abstained : yes + no + open);
      const isHeard = rule.participation === undefined || yes + no + abstained >= share(rule.participation, whole);
      return verdict(yes >= need && isHeard, yes + open < need);
    }
    const need = 'any' in rule ? 1 : 'count' in rule ? rule.count : rule.weight;
    return verdict(yes >= need, yes + open < need);
  }

  private seat(id: string): Seat | undefined {
    return this.seats.find((seat) => seat.id === id);
  }

  private add({ assignmentId: id, weight, veto, group, assignee }: EventData<'AssignmentAdded'>['assignment']): void {
    this.seats.push({ id, weight, veto, group, assignee, live: true });
  }

  private close(id: string): void {
    const seat = this.seat(id);
    if (seat) seat.live = false;
  }
}
