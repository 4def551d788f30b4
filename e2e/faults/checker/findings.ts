import type { Expectations } from './expectations.ts';
import type { History, LedgerLine, RejectedRecord } from './history.ts';
import { placeName } from './violation.ts';

/** What was found, by the raw record that it says it comes from. */
export interface Findings {
  /** Lines of the ledger by place. */
  readonly ledger: ReadonlyMap<string, LedgerLine>;
  /** Places in any rejected run or in the quarantine. */
  readonly rejected: ReadonlySet<string>;
}

/** What every check is given. */
export interface Around {
  readonly expectations: Expectations;
  readonly findings: Findings;
  readonly settled: boolean;
}

export function findingsOf({ ledger, rejected = [], quarantine = [] }: History): Findings {
  const place = (record: RejectedRecord): string => placeName(record);
  return {
    ledger: new Map(ledger.map((line) => [placeName(line), line])),
    rejected: new Set([...rejected.map(place), ...quarantine.map(place)]),
  };
}
