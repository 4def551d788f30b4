import type { Expected } from './expectations.ts';
import type { Around } from './findings.ts';
import type { History, ViewRow } from './history.ts';
import { nameOf, placeName, type Violation, type ViolationKind } from './violation.ts';

/** The view holds the ledger's lines, each once, and no other. */
export function checkView({ view }: History, around: Around): Violation[] {
  if (view === undefined) return [];
  const seen = new Set<string>();
  const wrong = view.flatMap((row) => {
    const expected = around.expectations.at(row);
    const kind = checkRow(row, expected, around, seen.has(placeName(row)));
    seen.add(placeName(row));
    return kind === undefined ? [] : [violation(kind, row, expected)];
  });
  return around.settled ? [...wrong, ...lost(seen, around)] : wrong;
}

function checkRow(
  row: ViewRow,
  expected: Expected | undefined,
  { findings }: Around,
  again: boolean,
): ViolationKind | undefined {
  const line = findings.ledger.get(placeName(row));
  // What the ledger has wrong, or lacks, is told there.
  if (expected === undefined) return line === undefined ? 'phantom' : undefined;
  if (row.org !== expected.org && row.org !== line?.org) return 'wrong-org';
  if (again) return 'doubled';
  if (line === undefined) return expected.verdict === 'accepted' ? undefined : 'wrong-verdict';
  return line.line.equals(row.line) ? undefined : 'changed';
}

function lost(seen: ReadonlySet<string>, { expectations, findings }: Around): Violation[] {
  return [...findings.ledger.entries()]
    .filter(([place]) => !seen.has(place))
    .map(([, line]) => violation('lost', line, expectations.at(line)));
}

function violation(kind: ViolationKind, row: ViewRow, expected: Expected | undefined): Violation {
  const event =
    expected?.sent === undefined ? `${row.org} ${row.line.toString('utf8')}` : nameOf(expected.sent);
  return { kind, event, where: `view ${row.org} (raw ${placeName(row)})` };
}
