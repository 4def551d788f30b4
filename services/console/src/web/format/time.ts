/** Which clock the reader wants to see. */
export type Zone = 'local' | 'utc';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

function formatter(options: Intl.DateTimeFormatOptions, zone: Zone): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    ...options,
    hourCycle: 'h23',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
}

/** `21 Nov 2026, 14:03:07` in the chosen zone. */
export function absoluteTime(time: string | number, zone: Zone): string {
  return formatter(
    {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    },
    zone,
  ).format(new Date(time));
}

/** `21 Nov, 14:03`, with the year where it is not this one. */
export function shortTime(time: string | number, zone: Zone, now: number): string {
  const date = new Date(time);
  const year = date.getUTCFullYear() === new Date(now).getUTCFullYear() ? {} : { year: 'numeric' as const };
  return formatter(
    { day: 'numeric', month: 'short', ...year, hour: '2-digit', minute: '2-digit' },
    zone,
  ).format(date);
}

/** The name of the zone as a reader knows it: `UTC`, or `local (Europe/Vienna)`. */
export function zoneName(zone: Zone): string {
  return zone === 'utc' ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 days ago`, `3 years ago`; a time ahead of `now` (a producer's clock) reads `in 4 min`. */
export function relativeTime(time: string | number, now: number): string {
  const seconds = Math.round((now - new Date(time).getTime()) / 1000);
  const distance = durationWords(Math.abs(seconds));
  if (Math.abs(seconds) < 5) return 'just now';
  return seconds < 0 ? `in ${distance}` : `${distance} ago`;
}

/** A length of time in its largest unit: `45 s`, `4 min`, `3 h`, `2 days`, `5 months`, `3 years`. */
export function durationWords(seconds: number): string {
  if (seconds < MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  if (seconds < 60 * DAY) return count(Math.floor(seconds / DAY), 'day');
  if (seconds < 730 * DAY) return count(Math.floor(seconds / (30.44 * DAY)), 'month');
  return count(Math.floor(seconds / (365.25 * DAY)), 'year');
}

export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? noun : plural}`;
}

/** The value of a `datetime-local` input, to the second, in the chosen zone. */
export function toInputTime(time: number, zone: Zone): string {
  const shift = zone === 'utc' ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - shift).toISOString().slice(0, 19);
}

/** The instant that a `datetime-local` value means in the chosen zone; undefined where it is not a time. */
export function fromInputTime(value: string, zone: Zone): string | undefined {
  const date = new Date(zone === 'utc' ? `${value}Z` : value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

/** `14:03:07`, for lines below a heading that names the day. */
export function clockTime(time: string, zone: Zone): string {
  return formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone).format(new Date(time));
}

/** The day of `time` in the chosen zone: `Today`, `Yesterday`, else `Friday, 20 November 2026`. */
export function dayName(time: string, zone: Zone, now: number): string {
  const day = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, zone);
  const name = day.format(new Date(time));
  if (name === day.format(now)) return 'Today';
  return name === day.format(now - DAY * 1000) ? 'Yesterday' : name;
}
