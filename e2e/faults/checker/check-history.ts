import { checkBuckets } from './check-buckets.ts';
import { checkLedger } from './check-ledger.ts';
import { checkRaw } from './check-raw.ts';
import { checkRejected } from './check-rejected.ts';
import { checkSequences } from './check-sequences.ts';
import { checkView } from './check-view.ts';
import { expectationsOf } from './expectations.ts';
import { findingsOf } from './findings.ts';
import type { History } from './history.ts';
import type { Violation } from './violation.ts';

/**
 * Everything that is wrong with a history; empty when nothing is.
 *
 * It rests on nothing but the published formats, and on no code of the services. Each thing that is wrong is named
 * once, where it arose: an event that raw has lost is not told again for the ledger.
 *
 * @param settled whether the system has come to rest. While it works, what is missing may still arrive: then nothing is
 *   called lost, and all else is held to.
 */
export function checkHistory(history: History, { settled = true } = {}): Violation[] {
  const expectations = expectationsOf(history);
  const findings = findingsOf(history);
  const around = { expectations, findings, settled };
  return [
    ...checkRaw(history, around),
    ...checkLedger(history, around),
    ...checkSequences(history.ledger),
    ...checkRejected('rejected run', history.rejected, around),
    ...checkRejected('quarantine', history.quarantine, around),
    ...checkBuckets(history, around),
    ...checkView(history, around),
  ];
}
