import type { LedgerLine } from './history.ts';
import { placeName, type Violation } from './violation.ts';

/** Each org's sequence runs from 1 without hole and repeat, in the order of its raw partition. */
export function checkSequences(ledger: readonly LedgerLine[]): Violation[] {
  const orgs = Map.groupBy(ledger, ({ org }) => org);
  return [...orgs.values()].flatMap((lines) => checkOrg(lines.toSorted((a, b) => a.sequence - b.sequence)));
}

function checkOrg(lines: readonly LedgerLine[]): Violation[] {
  return lines.flatMap((line, index) => {
    const before = lines[index - 1];
    return [...checkNumber(line, before?.sequence ?? 0), ...checkOrder(line, before)];
  });
}

function checkNumber(line: LedgerLine, before: number): Violation[] {
  if (line.sequence === before + 1) return [];
  const kind = line.sequence > before ? 'hole' : 'repeated-sequence';
  return [{ kind, event: eventOf(line), where: `ledger ${line.org} #${line.sequence} after #${before}` }];
}

/** The same record twice, or another partition, is found elsewhere. */
function checkOrder(line: LedgerLine, before: LedgerLine | undefined): Violation[] {
  if (before === undefined || before.sequence === line.sequence) return [];
  if (before.partition !== line.partition || before.offset <= line.offset) return [];
  const where = `ledger ${line.org} #${line.sequence}: raw ${placeName(line)} after ${placeName(before)}`;
  return [{ kind: 'out-of-order', event: eventOf(line), where }];
}

function eventOf(line: LedgerLine): string {
  return `${line.org} raw ${placeName(line)}`;
}
