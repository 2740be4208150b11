const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Milliseconds as an ISO 8601 duration in hours, minutes and seconds: `PT26H30M`. */
export function isoDuration(milliseconds: number): string {
  const hours = Math.floor(milliseconds / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  const seconds = (milliseconds % MINUTE) / 1000;
  const parts = [hours && `${hours}H`, minutes && `${minutes}M`, seconds && `${seconds}S`].filter(Boolean);
  return `PT${parts.join('') || '0S'}`;
}
