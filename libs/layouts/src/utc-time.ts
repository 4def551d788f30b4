/**
 * An RFC 3339 time in UTC with a fraction of exactly `digits` digits, its own cut or filled with zeros; with its own, when
 * undefined. A time whose offset leads out of the years 0001–9999 keeps its wall clock, because no store takes more.
 *
 * @param at the same time in milliseconds since 1970
 */
export function utcTime(time: string, at: number, digits?: number): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  const wanted = digits === undefined ? fraction : fraction.slice(0, digits).padEnd(digits, '0');
  return `${secondsOf(time, at)}${wanted === '' ? '' : `.${wanted}`}Z`;
}

/** The day in UTC, `yyyy-mm-dd`. */
export function utcDay(time: string, at: number): string {
  return secondsOf(time, at).slice(0, 10);
}

function secondsOf(time: string, at: number): string {
  const text = new Date(at).toISOString();
  return text.length === 24 && !text.startsWith('0000') ? text.slice(0, 19) : time.slice(0, 19);
}
