import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { apiOf, orgPath } from './terminal.ts';
import { plain, textTable } from './text-table.ts';

interface Equation {
  readonly name: string;
  readonly left?: number;
  readonly right?: number;
  readonly holds?: boolean;
  readonly says: string;
}

interface DestinationTerms {
  readonly id: string;
  readonly name?: string;
  readonly state: string;
  readonly start: number;
  readonly delivered: number;
  readonly pending: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly expired: number;
  readonly addsUp: boolean;
}

/** What delivery answers; the partition's own terms are for operators only. */
export interface Reconciliation {
  readonly org: string;
  readonly at: string;
  readonly addsUp: boolean;
  readonly problems: readonly Equation[];
  readonly equations: readonly Equation[];
  readonly head: number;
  readonly partition: {
    readonly partition: number;
    readonly ledger?: {
      readonly accepted: number;
      readonly rejected: number;
      readonly repeats: number;
      readonly holes: number;
    };
    readonly log?: {
      readonly rawEnd: number;
      readonly unsealed: { readonly records?: number; readonly uncounted?: string };
    };
  };
  readonly view?: { readonly last: number; readonly events: number } | null;
  readonly destinations: readonly DestinationTerms[];
}

/** `auditorium reconcile` */
export function addReconcileCommand(program: Command, terminal: Terminal): void {
  program
    .command('reconcile')
    .description('whether everything is accounted for, from the raw topic to each destination')
    .requiredOption('--org <slug or id>', 'the organisation')
    .option('--json', 'print every term as one JSON object')
    .addHelpText(
      'after',
      '\nExit code 0 only when everything adds up. Events on their way are terms of their own, not an error.',
    )
    .action(async ({ org, json }: { org: string; json?: boolean }, command: Command) => {
      const answer = await apiOf(command, terminal).get<Reconciliation>(orgPath(org, 'reconciliation'));
      terminal.out(json ? JSON.stringify(answer) : reconciliationText(answer));
      // Only a plain yes counts: an answer that lacks it says nothing about its terms.
      if (answer.addsUp !== true) process.exitCode = 1;
    });
}

/** The terms as tables, and in one line whether they add up. */
function reconciliationText(answer: Reconciliation): string {
  const { partition, destinations, problems } = answer;
  const parts = [
    `${plain(answer.org)}: ${answer.head} events in the ledger (partition ${partition.partition}, ${answer.at})`,
    '',
    ...partitionLines(partition),
    ...(answer.view
      ? [`In the view                ${answer.view.events} (up to raw offset ${answer.view.last})`, '']
      : []),
    destinations.length === 0 ? 'No destinations.' : destinationTable(destinations, answer.head),
    '',
    answer.addsUp === true ? 'Everything adds up.' : 'It does NOT add up:',
    ...problems.map((problem) => `  ${problemText(problem)}`),
  ];
  return parts.join('\n');
}

function partitionLines({ ledger, log }: Reconciliation['partition']): string[] {
  if (ledger === undefined || log === undefined) return [];
  const terms: readonly (readonly [string, number | string])[] = [
    ['Raw offsets', log.rawEnd],
    ['  accepted, sealed', ledger.accepted],
    ['  rejected', ledger.rejected],
    ['  repeats', ledger.repeats],
    ["  Kafka's own (holes)", ledger.holes],
    ['  not yet sealed', log.unsealed.records ?? log.unsealed.uncounted ?? '?'],
  ];
  return ['The whole partition:', ...terms.map(([name, count]) => `${name.padEnd(26)} ${count}`), ''];
}

function destinationTable(destinations: readonly DestinationTerms[], head: number): string {
  const count = (title: string, of: (terms: DestinationTerms) => number) =>
    ({ title, text: (terms: DestinationTerms) => String(of(terms)), align: 'right' }) as const;
  return textTable<DestinationTerms>(
    [
      { title: 'DESTINATION', text: ({ name, id }) => name ?? id, most: 36 },
      { title: 'STATE', text: ({ state }) => state },
      count('DUE', ({ start }) => head - start),
      count('DELIVERED', ({ delivered }) => delivered),
      count('PENDING', ({ pending }) => pending),
      count('FILTERED', ({ filtered }) => filtered),
      count('QUARANTINED', ({ quarantined }) => quarantined),
      count('EXPIRED', ({ expired }) => expired),
      { title: '', text: ({ addsUp }) => (addsUp ? 'adds up' : 'DIFFERS') },
    ],
    destinations,
  );
}

function problemText({ name, says, left, right }: Equation): string {
  return left === undefined || right === undefined
    ? `${name}: ${says}`
    : `${name}: ${says}: ${left} is not ${right}`;
}
