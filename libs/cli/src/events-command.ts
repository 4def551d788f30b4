import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { ApiClient, Query } from './api-client.ts';
import type { EventPage, ViewedEvent } from './event-page.ts';
import { eventTable } from './event-page.ts';
import { timeArgument } from './relative-time.ts';
import type { Terminal } from './terminal.ts';
import { apiOf, orgPath } from './terminal.ts';

interface EventsFlags {
  readonly org: string;
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Rows of a table nobody asked to be longer. */
const TABLE_ROWS = 50;
/** Events asked for at once. */
const PAGE_EVENTS = 500;

/** `auditorium events` */
export function addEventsCommand(program: Command, terminal: Terminal): void {
  program
    .command('events')
    .description(
      "an organisation's events, newest first; with --json every one that matches, whole, one a line",
    )
    .requiredOption('--org <slug or id>', 'the organisation')
    .option('--from <time>', 'not before: -1h, -7d, 2026-11-21, 2026-11-21T10:00:00Z')
    .option('--to <time>', 'before')
    .option('--actor <type/id or id>', 'done by')
    .option('--action <action>', "the action; 'project.*' for all of a noun")
    .option('--target <type/id or id>', 'done to')
    .addOption(new Option('--outcome <outcome>', 'ended so').choices(['success', 'failure', 'denied']))
    .option('--text <text>', 'holds this text')
    .option(
      '--limit <n>',
      `at most so many (default: ${TABLE_ROWS} in a table, all with --json)`,
      wholeNumber,
    )
    .option('--json', 'one whole event a line (NDJSON)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: EventsFlags, command: Command) => {
      const limit = flags.limit ?? (flags.json ? Number.POSITIVE_INFINITY : TABLE_ROWS);
      const api = apiOf(command, terminal);
      if (flags.json) await printLines(api, terminal, flags, limit);
      else await printTable(api, terminal, flags, limit);
    });
}

const EXAMPLES = `
Examples:
  auditorium events --org acme --from -24h
  auditorium events --org acme --action 'project.*' --outcome denied --from -7d --json > denied.ndjson`;

/** Reads a count from the command line. */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 1.');
}

async function printLines(
  api: ApiClient,
  terminal: Terminal,
  flags: EventsFlags,
  limit: number,
): Promise<void> {
  for await (const { events } of pages(api, terminal, flags, limit)) {
    for (const event of events) terminal.out(JSON.stringify(event));
  }
}

async function printTable(
  api: ApiClient,
  terminal: Terminal,
  flags: EventsFlags,
  limit: number,
): Promise<void> {
  const shown: ViewedEvent[] = [];
  let last: EventPage | undefined;
  for await (const page of pages(api, terminal, flags, limit)) {
    shown.push(...page.events);
    last = page;
  }
  if (shown.length > 0) terminal.out(eventTable(shown));
  else terminal.err(nothing(last));
  if (last?.next && shown.length > 0)
    terminal.err(`There are more: raise --limit ${limit}, or take all with --json.`);
}

function nothing(page: EventPage | undefined): string {
  const newest = page?.newest;
  return newest
    ? `No event matches. The newest of this organisation is of ${newest}: try --from ${newest}`
    : 'No event matches.';
}

/** Pages until there are no more or the limit is reached; the last one is cut. */
async function* pages(
  api: ApiClient,
  terminal: Terminal,
  flags: EventsFlags,
  limit: number,
): AsyncGenerator<EventPage> {
  const filters = filtersOf(flags, terminal.now());
  let left = limit;
  let cursor: string | undefined;
  do {
    const query = { ...filters, limit: Math.min(left, PAGE_EVENTS), cursor };
    const page = await api.get<EventPage>(orgPath(flags.org, 'events'), query);
    yield page;
    left -= page.events.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && left > 0);
}

function filtersOf({ from, to, actor, action, target, outcome, text }: EventsFlags, now: number): Query {
  return {
    from: from === undefined ? undefined : timeArgument(from, now),
    to: to === undefined ? undefined : timeArgument(to, now),
    actor,
    action,
    target,
    outcome,
    text,
  };
}
