import type { Expected } from './expectations.ts';
import type { Around } from './findings.ts';
import type { RejectedRecord } from './history.ts';
import { nameOf, placeName, type Violation, type ViolationKind } from './violation.ts';

/** Longest key that is kept of a rejected record, in bytes. */
const KEPT_KEY_BYTES = 1024;

/** Each raw record that is to be rejected is here once, with its key and digest, and no other. */
export function checkRejected(
  where: string,
  records: readonly RejectedRecord[] | undefined,
  around: Around,
): Violation[] {
  if (records === undefined) return [];
  const seen = new Set<string>();
  const wrong = records.flatMap((record) => {
    const expected = around.expectations.at(record);
    const kind = checkRecord(record, expected, around, seen.has(placeName(record)));
    seen.add(placeName(record));
    return kind === undefined ? [] : [violation(kind, expected ?? record, where)];
  });
  return around.settled ? [...wrong, ...lost(where, seen, around)] : wrong;
}

function checkRecord(
  record: RejectedRecord,
  expected: Expected | undefined,
  { findings, settled }: Around,
  again: boolean,
): ViolationKind | undefined {
  if (expected === undefined) return 'phantom';
  if (again) return 'two-verdicts';
  if (record.org !== keptKey(expected.org)) return 'wrong-org';
  if (record.digest !== expected.digest) return 'changed';
  if (expected.verdict === 'rejected') return undefined;
  // In the ledger as well, it is told there; missing there when all has settled, likewise.
  if (findings.ledger.has(placeName(expected)) || (settled && expected.verdict === 'accepted'))
    return undefined;
  return 'wrong-verdict';
}

function lost(where: string, seen: ReadonlySet<string>, { expectations, findings }: Around): Violation[] {
  return expectations.records
    .filter((record) => record.verdict === 'rejected')
    .filter((record) => !seen.has(placeName(record)) && !findings.ledger.has(placeName(record)))
    .map((record) => violation('lost', record, where));
}

function violation(kind: ViolationKind, record: RejectedRecord | Expected, where: string): Violation {
  const sent = 'sent' in record ? record.sent : undefined;
  const event = sent === undefined ? `${record.org} ${record.digest}` : nameOf(sent);
  return { kind, event, where: `${where} (raw ${placeName(record)})` };
}

function keptKey(org: string): string {
  const bytes = Buffer.from(org);
  return bytes.length <= KEPT_KEY_BYTES ? org : bytes.subarray(0, KEPT_KEY_BYTES).toString();
}
