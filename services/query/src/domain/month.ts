/** A month of UTC, the unit in which the projection is partitioned. */
export interface Month {
  /** `2026_11`. */
  readonly name: string;
  /** First instant, and the one after the last: ISO 8601 in UTC. */
  readonly from: string;
  readonly to: string;
}

/** The month that an instant lies in. @param ms milliseconds since 1970, year 1 to 9999 */
export function monthOf(ms: number): Month {
  const at = new Date(ms);
  const from = firstOf(at.getUTCFullYear(), at.getUTCMonth());
  const to = firstOf(at.getUTCFullYear(), at.getUTCMonth() + 1);
  return { name: `${isoYear(from)}_${from.toISOString().slice(-19, -17)}`, from: isoOf(from), to: isoOf(to) };
}

/** This month and those that follow. */
export function monthsFrom(ms: number, count: number): Month[] {
  const at = new Date(ms);
  return Array.from({ length: count }, (_, ahead) =>
    monthOf(firstOf(at.getUTCFullYear(), at.getUTCMonth() + ahead).getTime()),
  );
}

/** Date.UTC would take a year below 100 for 19xx. */
function firstOf(year: number, month: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return date;
}

function isoYear(date: Date): string {
  return String(date.getUTCFullYear()).padStart(4, '0');
}

/** As PostgreSQL reads it: years beyond 9999 without JavaScript's sign. */
function isoOf(date: Date): string {
  return `${isoYear(date)}${date.toISOString().slice(-20)}`;
}
