import { Temporal } from 'temporal-polyfill';
import type { Digest, QuietHours } from './preferences.events.js';

const zoned = (instant: string, timezone: string) => Temporal.Instant.from(instant).toZonedDateTimeISO(timezone);
const told = (time: Temporal.ZonedDateTime) => new Date(time.epochMilliseconds).toISOString();
const clock = (time: string) => Temporal.PlainTime.from(time);

/** When somebody may be disturbed: now, or at the end of the quiet hours, as the clock on that person's wall shows them. */
export function outsideQuietHours(now: string, quiet: QuietHours | null, timezone: string): string {
  if (!quiet || quiet.from === quiet.to) return now;
  const here = zoned(now, timezone);
  const time = here.toPlainTime();
  const [from, to] = [clock(quiet.from), clock(quiet.to)];
  const isAfter = (limit: Temporal.PlainTime) => Temporal.PlainTime.compare(time, limit) >= 0;
  const isNightly = quiet.from > quiet.to;
  const isQuiet = isNightly ? isAfter(from) || !isAfter(to) : isAfter(from) && !isAfter(to);
  if (!isQuiet) return now;
  const ends = isNightly && isAfter(from) ? here.toPlainDate().add({ days: 1 }) : here.toPlainDate();
  // A time that clocks show twice is over when they have shown it twice.
  return told(ends.toPlainDateTime(to).toZonedDateTime(timezone, { disambiguation: 'later' }));
}

/** When the next digest is sent, after this instant; of the digests that follow each other, never the same twice. */
export function nextDigest(after: string, { every, at }: Digest, timezone: string): string {
  const here = zoned(after, timezone);
  if (every === 'hour') {
    const hour = here.round({ smallestUnit: 'hour', roundingMode: 'floor' });
    return told(hour.add({ hours: 1 }));
  }
  const today = here.toPlainDate().toZonedDateTime({ timeZone: timezone, plainTime: clock(at) });
  if (Temporal.ZonedDateTime.compare(today, here) > 0) return told(today);
  const tomorrow = here.toPlainDate().add({ days: 1 });
  return told(tomorrow.toZonedDateTime({ timeZone: timezone, plainTime: clock(at) }));
}
