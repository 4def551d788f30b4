const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Days of each month, in a year that is not a leap year. */
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * The instant of an RFC 3339 time in milliseconds since 1970 (rounded down), `undefined` when it is none. Stricter than the
 * RFC so that every store takes it: years 0001–9999, capital `T` and `Z`, at most 9 digits of fraction, no leap second,
 * offsets up to 14:59.
 */
export function instantOf(time: string): number | undefined {
  if (!SHAPE.test(time)) return undefined;
  const two = (at: number): number => (time.charCodeAt(at) - 48) * 10 + time.charCodeAt(at + 1) - 48;
  const year = two(0) * 100 + two(2);
  const [month, day, hour, minute, second] = [two(5), two(8), two(11), two(14), two(17)];
  if (year < 1 || hour > 23 || minute > 59 || second > 59 || !isDate(year, month, day)) return undefined;
  const end = time.length - 1;
  const offset = time[end] === 'Z' ? 0 : offsetOf(time, end - 5);
  if (offset === undefined) return undefined;
  const wall = midnight(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000;
  return wall + fractionOf(time) - offset * 60_000;
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

function midnight(year: number, month: number, day: number): number {
  // Date.UTC takes years below 100 for 19xx.
  return Date.UTC(year + 400, month - 1, day) - 146_097 * 86_400_000;
}

function offsetOf(time: string, at: number): number | undefined {
  const hours = Number(time.slice(at + 1, at + 3));
  const minutes = Number(time.slice(at + 4, at + 6));
  if (hours > 14 || minutes > 59) return undefined;
  return (time[at] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function fractionOf(time: string): number {
  if (time[19] !== '.') return 0;
  const digits = time.slice(20, 23).replace(/\D.*/, '');
  return Number(digits.padEnd(3, '0'));
}
