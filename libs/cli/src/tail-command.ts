import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { ViewedEvent } from './event-page.ts';
import type { Terminal } from './terminal.ts';
import { apiOf, orgPath } from './terminal.ts';
import { plain } from './text-table.ts';

interface TailFlags {
  readonly org: string;
  readonly json?: boolean;
}

/** Events in the ledger's order, from a position on. */
interface ForwardPage {
  readonly events: readonly ViewedEvent[];
  /** After the last of them; ask with it for what comes next. */
  readonly position: string | number;
}

const LOOK_EVERY_MS = 500;
const PAGE_EVENTS = 500;
/** Shown of what was there before, so that the screen is not empty. */
const EARLIER_EVENTS = 10;

/** `auditorium tail` */
export function addTailCommand(program: Command, terminal: Terminal): void {
  program
    .command('tail')
    .description('events as they arrive, in the order in which they were accepted, until Ctrl-C')
    .requiredOption('--org <slug or id>', 'the organisation')
    .option('--json', 'one whole event a line')
    .action(async (flags: TailFlags, command: Command) => {
      const stopping = new AbortController();
      process.once('SIGINT', () => stopping.abort());
      await follow(apiOf(command, terminal), flags, stopping.signal, (event) => {
        terminal.out(flags.json ? JSON.stringify(event) : lineOf(event));
      });
    });
}

/** Hands over the last few events and then each new one, once and in order, until aborted. */
export async function follow(
  api: ApiClient,
  { org }: TailFlags,
  signal: AbortSignal,
  show: (event: ViewedEvent) => void,
): Promise<void> {
  let position = await startOf(api, org, show);
  while (!signal.aborted) {
    const query = { after: position, limit: PAGE_EVENTS };
    const page = await api.get<ForwardPage>(orgPath(org, 'events'), query);
    for (const event of page.events) show(event);
    position = page.position;
    if (page.events.length < PAGE_EVENTS)
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The position to follow from, after showing what came just before it. */
async function startOf(
  api: ApiClient,
  org: string,
  show: (event: ViewedEvent) => void,
): Promise<ForwardPage['position']> {
  const page = await api.get<ForwardPage>(orgPath(org, 'events'), { after: 'latest', limit: EARLIER_EVENTS });
  for (const event of page.events) show(event);
  return page.position;
}

function lineOf(event: ViewedEvent): string {
  const { time, type, subject, actorname, data } = event;
  const actor = actorname ?? `${data.actor.type}/${data.actor.id}`;
  const outcome = data.outcome === 'success' ? '' : ` (${data.outcome})`;
  return plain(`${time}  ${actor}  ${type}  ${subject ?? ''}${outcome}`);
}
