import type { Outcome } from '../api/types.ts';

/** What the address of the log says: everything needed to show the same page again, in another tab or to another reader. */
export interface LogSearch {
  range?: string;
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  target?: string;
  outcome?: Outcome;
  text?: string;
  cursor?: string;
}

export const FILTERS = ['actor', 'action', 'target', 'outcome', 'text'] as const;
export type FilterName = (typeof FILTERS)[number];

export const FILTER_LABEL: Record<FilterName, string> = {
  actor: 'Actor',
  action: 'Action',
  target: 'Target',
  outcome: 'Outcome',
  text: 'Text',
};

export const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'denied'];

/** Reads an address as leniently as people edit one: what makes no sense is left out. */
export function parseLogSearch(raw: Record<string, unknown>): LogSearch {
  const search: LogSearch = {};
  for (const name of ['actor', 'action', 'target', 'text', 'cursor'] as const) {
    const value = raw[name];
    if ((typeof value === 'string' || typeof value === 'number') && String(value).trim() !== '')
      search[name] = String(value);
  }
  if (OUTCOMES.includes(raw['outcome'] as Outcome)) search.outcome = raw['outcome'] as Outcome;
  const { from, to } = { from: instant(raw['from']), to: instant(raw['to']) };
  if (from !== undefined) search.from = from;
  if (to !== undefined) search.to = to;
  if (from === undefined && to === undefined && isRange(raw['range'])) search.range = raw['range'];
  return search;
}

function instant(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

export interface RangePreset {
  value: string;
  label: string;
  /** Length in seconds; null reaches back to the first event. */
  seconds: number | null;
}

export const RANGES: readonly RangePreset[] = [
  { value: '15m', label: 'Last 15 minutes', seconds: 900 },
  { value: '1h', label: 'Last hour', seconds: 3600 },
  { value: '24h', label: 'Last 24 hours', seconds: 86_400 },
  { value: '7d', label: 'Last 7 days', seconds: 7 * 86_400 },
  { value: '30d', label: 'Last 30 days', seconds: 30 * 86_400 },
  { value: '90d', label: 'Last 90 days', seconds: 90 * 86_400 },
  { value: 'all', label: 'All time', seconds: null },
];

/** The window that is shown unless the reader asks for another. */
export const DEFAULT_RANGE = '24h';

function isRange(value: unknown): value is string {
  return RANGES.some((range) => range.value === value);
}

export function presetOf(search: LogSearch): RangePreset | undefined {
  if (search.from !== undefined || search.to !== undefined) return undefined;
  return RANGES.find((range) => range.value === (search.range ?? DEFAULT_RANGE));
}

/** Earlier than any event that can be in a log: asking without `from` would mean the server's default window. */
const BEGINNING = '1970-01-01T00:00:00.000Z';

/** The half-open range [from, to) that the server is asked for. A preset is counted back from `now` (milliseconds). */
export function boundsOf(search: LogSearch, now: number): { from?: string; to?: string } {
  const preset = presetOf(search);
  if (preset)
    return {
      from: preset.seconds === null ? BEGINNING : new Date(now - preset.seconds * 1000).toISOString(),
    };
  return { from: search.from ?? BEGINNING, ...(search.to === undefined ? {} : { to: search.to }) };
}

/** Whether new events can still enter the range: those with an end in the past have nothing to wait for. */
export function isOpenEnded(search: LogSearch, now: number): boolean {
  return search.to === undefined || new Date(search.to).getTime() > now;
}

/** The query of one page of the log. */
export function eventsQuery(search: LogSearch, now: number, limit: number): string {
  const query = new URLSearchParams({ ...boundsOf(search, now), limit: String(limit) });
  for (const name of FILTERS) if (search[name]) query.set(name, search[name]);
  if (search.cursor) query.set('cursor', search.cursor);
  return query.toString();
}

/** The 24 hours that end just after `newest`, so that the newest event is the first line of the page. */
export function windowEndingAt(newest: string): Pick<LogSearch, 'from' | 'to'> {
  const end = Math.floor(new Date(newest).getTime() / 1000) * 1000 + 1000;
  return { from: new Date(end - 86_400_000).toISOString(), to: new Date(end).toISOString() };
}

export function activeFilters(search: LogSearch): { name: FilterName; value: string }[] {
  return FILTERS.flatMap((name) => (search[name] ? [{ name, value: search[name] }] : []));
}
