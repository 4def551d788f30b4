import { AuditoriumError, instantOf } from '@auditorium/events';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * A time from the command line as RFC 3339: `-1h`, `-30m`, `-7d` count back from `now`; `now`; a date is its first
 * moment in UTC; anything else must be RFC 3339.
 *
 * @throws AuditoriumError `invalid-request`
 */
export function timeArgument(text: string, now: number): string {
  if (text === 'now') return new Date(now).toISOString();
  const relative = /^-(?<count>\d+)(?<unit>[smhdw])$/.exec(text)?.groups;
  if (relative !== undefined) {
    return new Date(now - Number(relative['count']) * (UNITS[relative['unit'] ?? ''] ?? 0)).toISOString();
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return `${text}T00:00:00.000Z`;
  if (instantOf(text) !== undefined) return text;
  throw new AuditoriumError(
    'invalid-request',
    `"${text}" is no time: use -1h, -30m, -7d, 2026-11-21 or 2026-11-21T10:00:00Z`,
  );
}
