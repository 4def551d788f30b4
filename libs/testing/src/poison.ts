import { nastyHeaders, nastyNames, nastyNumbers, nastySizes, nastyTexts } from './poison-accepted.ts';
import { badBytes, badJson, badKeys, badOutboxes } from './poison-bytes.ts';
import type { Poison } from './poison-cases.ts';
import { LineWriter } from './poison-lines.ts';
import { badData, badEnvelope, badHistory, badOrgs, badTimes } from './poison-meaning.ts';
import { badNames, badNesting } from './poison-structure.ts';

/** Whose partition the corpus is for. */
export interface PoisonPlace {
  readonly org: string;
  /** Keys that hash to other partitions than the org's. */
  readonly strangers: readonly string[];
  /** The clock, ms since 1970: some are too far ahead of it. */
  readonly now: number;
}

/**
 * The corpus: each kind of bad record, several ways, and accepted ones that are hard on whoever keeps, shows or sends
 * them. In this order, because some are judged by those before; to be sent to the org's partition.
 */
export function poisonOf(place: PoisonPlace): Poison[] {
  const write = new LineWriter(place.org, place.now);
  const groups = [
    badKeys(write, place.strangers),
    badOutboxes(write),
    badBytes(write),
    badJson(write),
    badNesting(write),
    badNames(write),
    badEnvelope(write),
    badTimes(write, place.now),
    badData(write),
    badOrgs(write),
    badHistory(write),
    nastyTexts(write),
    nastyNumbers(write),
    nastyNames(write),
    nastySizes(write),
    nastyHeaders(write),
  ];
  return groups.flat();
}
