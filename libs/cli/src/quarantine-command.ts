import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { wholeNumber } from './events-command.ts';
import type { Terminal } from './terminal.ts';
import { apiOf } from './terminal.ts';
import { textTable } from './text-table.ts';

/** A rejected record as operators see it; the body comes with `show`. */
interface QuarantinedRecord {
  readonly key: string;
  readonly partition?: number;
  readonly code: string;
  readonly org?: string | null;
  readonly length?: number | null;
  readonly id?: string | null;
  readonly source?: string | null;
  readonly type?: string | null;
  readonly rejectedAt?: string | null;
  readonly state?: string;
}

interface QuarantinePage {
  readonly events: readonly QuarantinedRecord[];
  readonly next?: string | null;
}

interface ListFlags {
  readonly partition?: string;
  readonly code?: string;
  readonly org?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const PATH = '/api/v1/quarantine';
const PAGE_RECORDS = 200;

/** `auditorium quarantine list | show | resubmit` */
export function addQuarantineCommand(program: Command, terminal: Terminal): void {
  const quarantine = program
    .command('quarantine')
    .description('records that were rejected, with the reason; for operators')
    .addHelpText('after', EXAMPLES);
  quarantine
    .command('list')
    .description('rejected records, newest first')
    .option('--partition <n>', 'of this partition')
    .option('--code <code>', 'rejected for this reason, for example too-large')
    .option('--org <id>', 'whose key names this organisation; a key can be forged')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'one record a line')
    .action(async (flags: ListFlags, command: Command) => list(apiOf(command, terminal), terminal, flags));
  quarantine
    .command('show <key>')
    .description('one record with its body')
    .action(async (key: string, _flags: object, command: Command) => {
      const record = await apiOf(command, terminal).get<object>(`${PATH}/${encodeURIComponent(key)}`);
      terminal.out(JSON.stringify(record, null, 2));
    });
  quarantine
    .command('resubmit <key>')
    .description('send the record again as it is, once its cause has been mended')
    .option('--org <id>', 'for this organisation, where the key of the message was not one')
    .option('--again', 'also when it was sent again before')
    .action(async (key: string, { org, again }: { org?: string; again?: boolean }, command: Command) => {
      const path = `${PATH}/${encodeURIComponent(key)}/resubmit`;
      const body = { ...(org !== undefined && { org }), ...(again && { again }) };
      const sent = await apiOf(command, terminal).send<{ partition: number; rawOffset: number }>(
        'POST',
        path,
        body,
      );
      terminal.out(`${key} was sent again as ${sent.partition}-${sent.rawOffset}.`);
    });
}

const EXAMPLES = `
Examples:
  auditorium quarantine list --code id-reused
  auditorium quarantine show 3-1042
  auditorium quarantine resubmit 3-1042

The codes are explained in docs/formats/verdicts.md.`;

async function list(api: ApiClient, terminal: Terminal, flags: ListFlags): Promise<void> {
  const records: QuarantinedRecord[] = [];
  let cursor: string | undefined;
  do {
    const { partition, code, org } = flags;
    const limit = Math.min(PAGE_RECORDS, flags.limit - records.length);
    const page = await api.get<QuarantinePage>(PATH, { partition, code, org, limit, cursor });
    records.push(...page.events);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && records.length < flags.limit);
  if (flags.json) for (const record of records) terminal.out(JSON.stringify(record));
  else if (records.length === 0) terminal.err('Nothing is in quarantine.');
  else terminal.out(table(records));
}

function table(records: readonly QuarantinedRecord[]): string {
  return textTable<QuarantinedRecord>(
    [
      { title: 'KEY', text: ({ key }) => key },
      { title: 'REJECTED AT', text: ({ rejectedAt }) => rejectedAt ?? '' },
      { title: 'CODE', text: ({ code }) => code },
      { title: 'ORG', text: ({ org }) => org ?? '' },
      {
        title: 'BYTES',
        text: ({ length }) => (length === undefined || length === null ? '' : String(length)),
        align: 'right',
      },
      { title: 'SOURCE', text: ({ source }) => source ?? '' },
      { title: 'TYPE', text: ({ type }) => type ?? '' },
      { title: 'STATE', text: ({ state }) => state ?? '' },
    ],
    records,
  );
}
