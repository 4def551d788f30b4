import { AuditoriumError } from '@auditorium/events';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { GapReport, StandingPartition } from './gap-report.ts';
import { readGaps } from './gap-report.ts';
import type { Terminal } from './terminal.ts';
import { apiOf } from './terminal.ts';
import { plain, textTable } from './text-table.ts';

const PATH = '/api/v1/gaps';

interface RefillFlags {
  readonly partition: number;
  readonly from?: number;
  readonly json?: boolean;
}

interface AcceptFlags {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly json?: boolean;
}

/** `auditorium gap show | refill | accept` */
export function addGapCommand(program: Command, terminal: Terminal): void {
  const gap = program
    .command('gap')
    .description('partitions that stand still, and the way out; for operators')
    .addHelpText('after', EXAMPLES);
  gap
    .command('show')
    .description('where it stands still, since when, over which raw offsets, and what to do next')
    .option('--json', 'everything as one JSON object')
    .addHelpText('after', '\nExit code 0 only when every service answered and nothing stands still.')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const report = await readGaps(apiOf(command, terminal));
      terminal.out(json ? JSON.stringify(report) : reportText(report));
      if (report.standing.length > 0 || report.unasked.length > 0) process.exitCode = 1;
    });
  gap
    .command('refill')
    .description('let enrichment resume a partition, and give again the verdicts that enriched lacks')
    .requiredOption('--partition <n>', 'which one', offset)
    .option(
      '--from <raw offset>',
      'the first that lacks its verdict (default: where ledger and view stand)',
      offset,
    )
    .option('--json', 'print the answer as JSON')
    .action(async (flags: RefillFlags, command: Command) =>
      refill(apiOf(command, terminal), terminal, flags),
    );
  gap
    .command('accept')
    .description('write down that raw offsets are lost for good, so that enrichment goes on behind them')
    .requiredOption('--partition <n>', 'which one', offset)
    .requiredOption('--from <raw offset>', 'the first that is lost, as show says it', offset)
    .requiredOption('--to <raw offset>', 'the last that is lost, as show says it', offset)
    .requiredOption('--reason <text>', 'why they are lost; it is kept, with your name')
    .option('--json', 'print the answer as JSON')
    .action(async (flags: AcceptFlags, command: Command) =>
      accept(apiOf(command, terminal), terminal, flags),
    );
}

const EXAMPLES = `
Examples:
  auditorium gap show
  auditorium gap refill --partition 3
  auditorium gap accept --partition 3 --from 1042 --to 1099 --reason "raw expired while enrichment was down"

What each means and what is lost: docs/runbooks/gap.md.`;

function offset(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 0.');
}

/** Readers lack verdicts from where the one that is furthest behind stands; a mere stop is only tried again. */
async function refill(api: ApiClient, terminal: Terminal, flags: RefillFlags): Promise<void> {
  const { partition, json } = flags;
  const from = flags.from ?? (await firstLacking(api, partition));
  const answer = await api.send<{ asked: boolean }>('POST', `${PATH}/${partition}/refill`, { from });
  if (json) terminal.out(JSON.stringify({ partition, from, ...answer }));
  else {
    const what = answer.asked ? 'will resume' : 'had been asked to resume already, and will,';
    terminal.out(
      `Partition ${partition} ${what} from raw offset ${from}. Follow it with: auditorium gap show`,
    );
  }
}

async function firstLacking(api: ApiClient, partition: number): Promise<number> {
  const { positions, unasked } = await readGaps(api);
  const missing = unasked.filter(({ service }) => service !== 'enrichment');
  // A reader that has never opened the partition stands at its beginning.
  const readers = ['ledger', 'view'].map((where) =>
    positions.find((position) => position.where === where && position.partition === partition),
  );
  if (missing.length === 0) return Math.min(...readers.map((reader) => (reader?.last ?? -1) + 1));
  const names = missing.map(({ service }) => service).join(' and ');
  throw new AuditoriumError('upstream-unavailable', `${names} cannot say how far they are: give --from`, {
    retryable: true,
  });
}

async function accept(api: ApiClient, terminal: Terminal, flags: AcceptFlags): Promise<void> {
  const { partition, from, to, reason, json } = flags;
  const path = `${PATH}/${partition}/accept`;
  const answer = await api.send<{ accepted: boolean }>('POST', path, { from, to, reason });
  if (json) terminal.out(JSON.stringify({ partition, from, to, ...answer }));
  else {
    const what = answer.accepted ? 'are accepted as lost' : 'had been accepted as lost before';
    terminal.out(
      `Raw offsets ${from}–${to} of partition ${partition} ${what}. Follow it with: auditorium gap show`,
    );
  }
}

function reportText(report: GapReport): string {
  const { standing, losses, refills, unasked } = report;
  const parts = [
    standing.length === 0 ? 'Nothing stands still.' : standingTable(standing),
    ...standing.map(({ where, partition, next }) => `  partition ${partition}, ${where}: ${plain(next)}`),
    ...unasked.map(({ service, error }) => `${service} could not be asked: ${plain(error)}`),
    ...refills
      .filter(({ done }) => done === null)
      .map(
        ({ partition, from, at }) =>
          `Partition ${partition} is to resume from ${from ?? 'where it was'}, asked at ${at}.`,
      ),
    ...(losses.length === 0 ? [] : ['', 'Accepted as lost:', lossTable(losses)]),
  ];
  return parts.join('\n');
}

function standingTable(standing: readonly StandingPartition[]): string {
  return textTable<StandingPartition>(
    [
      { title: 'PARTITION', text: ({ partition }) => String(partition), align: 'right' },
      { title: 'WHERE', text: ({ where }) => where },
      { title: 'CODE', text: ({ code }) => code },
      { title: 'SINCE', text: ({ since }) => since },
      { title: 'RAW OFFSETS', text: ({ range }) => (range === null ? '' : `${range.from}–${range.to}`) },
      { title: 'WAITING', text: ({ waiting }) => String(waiting), align: 'right' },
    ],
    standing,
  );
}

function lossTable(losses: GapReport['losses']): string {
  return textTable<GapReport['losses'][number]>(
    [
      { title: 'PARTITION', text: ({ partition }) => String(partition), align: 'right' },
      { title: 'RAW OFFSETS', text: ({ from, to }) => `${from}–${to}` },
      { title: 'BY', text: ({ by }) => by },
      { title: 'AT', text: ({ at }) => at },
      { title: 'REASON', text: ({ reason }) => reason },
    ],
    losses,
  );
}
