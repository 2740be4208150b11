/** The one source of "now"; asked at the door (HTTP, timers, seeding) and nowhere below. */
export abstract class Clock {
  abstract now(): Date;
}
