import { hash } from 'node:crypto';
import type { Expected } from './expectations.ts';
import type { Around } from './findings.ts';
import type { History, LedgerLine } from './history.ts';
import { nameOf, placeName, type Violation, type ViolationKind } from './violation.ts';
import { ENRICHED_ATTRIBUTES, withoutAttributes } from './without-attributes.ts';

/** The ledger holds each raw record that is to be accepted, once, with its org and its bytes, and no other. */
export function checkLedger({ ledger }: History, around: Around): Violation[] {
  const seen = new Set<string>();
  const identities = new Set<string>();
  const wrong = ledger.flatMap((line) => {
    const expected = around.expectations.at(line);
    const kind = checkLine(line, expected, around, seen, identities);
    return kind === undefined ? [] : [{ kind, event: eventName(line, expected), where: whereIs(line) }];
  });
  return around.settled ? [...wrong, ...lost(around)] : wrong;
}

/** What is wrong with a line: the first that applies. */
function checkLine(
  line: LedgerLine,
  expected: Expected | undefined,
  around: Around,
  seen: Set<string>,
  identities: Set<string>,
): ViolationKind | undefined {
  if (expected === undefined) return 'phantom';
  if (expected.org !== line.org) return 'wrong-org';
  if (!isNew(seen, placeName(line))) return 'two-verdicts';
  if (expected.verdict !== 'accepted') return misjudged(expected, around);
  if (around.findings.rejected.has(placeName(line))) return 'two-verdicts';
  if (digestSent(line.line) !== expected.digest) return 'changed';
  const { sent } = expected;
  return sent === undefined || isNew(identities, nameOf(sent)) ? undefined : 'doubled';
}

/** A line whose raw record was to be rejected, or is a repeat. */
function misjudged(expected: Expected, { expectations, findings }: Around): ViolationKind {
  if (findings.rejected.has(placeName(expected))) return 'two-verdicts';
  if (expected.verdict === 'rejected') return 'wrong-verdict';
  const copies = expected.sent === undefined ? [] : expectations.of(expected.sent);
  const first = copies.find(({ verdict }) => verdict === 'accepted');
  // Taken in place of the first copy, it stands behind events that came after that one.
  return first !== undefined && findings.ledger.has(placeName(first)) ? 'doubled' : 'out-of-order';
}

function lost({ expectations, findings }: Around): Violation[] {
  return expectations.records
    .filter((record) => record.verdict === 'accepted' && isMissing(record, { expectations, findings }))
    .map((record) => ({
      kind: findings.rejected.has(placeName(record)) ? 'wrong-verdict' : 'lost',
      event: record.sent === undefined ? `${record.org} ${record.digest}` : nameOf(record.sent),
      where: `ledger ${record.org} (raw ${placeName(record)})`,
    }));
}

/** A later copy in its place is told as out of order. */
function isMissing(record: Expected, { expectations, findings }: Omit<Around, 'settled'>): boolean {
  const copies = record.sent === undefined ? [record] : expectations.of(record.sent);
  return !copies.some((copy) => findings.ledger.has(placeName(copy)));
}

function digestSent(line: Buffer): string | undefined {
  const sent = withoutAttributes(line, ENRICHED_ATTRIBUTES);
  return sent && hash('sha256', sent, 'hex');
}

function eventName({ org, line }: LedgerLine, expected: Expected | undefined): string {
  return expected?.sent === undefined ? `${org} ${line.toString('utf8')}` : nameOf(expected.sent);
}

function whereIs(line: LedgerLine): string {
  return `ledger ${line.org} #${line.sequence} (raw ${placeName(line)})`;
}

function isNew(seen: Set<string>, name: string): boolean {
  const size = seen.size;
  return seen.add(name).size > size;
}
