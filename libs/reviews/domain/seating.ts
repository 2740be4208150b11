/**
 * Different people on seats (augmenting paths). Whoever is new may push others aside as long as each of them finds a
 * seat again: a seat that has got somebody keeps somebody, so seats that come first are served first.
 */
export class Seating<Seat extends object> {
  private readonly seatOf = new Map<string, Seat>();
  private readonly people = new Map<Seat, string>();
  /** By list of people: up to where all have a seat. Whoever has one never loses it. */
  private readonly next = new Map<readonly string[], number>();
  private readonly exhausted = new Set<readonly string[]>();

  /** Seats that ask the same people share one list. */
  constructor(private readonly ableFor: (seat: Seat) => readonly string[]) {}

  has(seat: Seat): boolean {
    return this.people.has(seat);
  }

  personOn(seat: Seat): string | undefined {
    return this.people.get(seat);
  }

  /** Whether somebody could be found; where once nobody could, nobody can later. */
  place(seat: Seat): boolean {
    const able = this.ableFor(seat);
    if (this.exhausted.has(able)) return false;
    if (this.seat(seat, new Set())) return true;
    this.exhausted.add(able);
    return false;
  }

  private seat(seat: Seat, tried: Set<string>): boolean {
    const able = this.ableFor(seat);
    const free = this.free(able);
    if (free !== undefined) return this.sit(free, seat);
    for (const person of able) {
      const other = this.seatOf.get(person);
      if (!other || tried.has(person)) continue;
      tried.add(person);
      if (this.seat(other, tried)) return this.sit(person, seat);
    }
    return false;
  }

  private free(able: readonly string[]): string | undefined {
    let at = this.next.get(able) ?? 0;
    while (at < able.length && this.seatOf.has(able[at]!)) at++;
    this.next.set(able, at);
    return able[at];
  }

  private sit(person: string, seat: Seat): true {
    this.seatOf.set(person, seat);
    this.people.set(seat, person);
    return true;
  }
}
