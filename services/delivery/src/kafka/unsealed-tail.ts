import { AuditoriumError } from '@auditorium/events';
import { logOffsets, readPartition } from '@auditorium/kafka';
import type { LogTerms } from '../domain/reconciliation.ts';
import { UnsealedVerdicts } from '../domain/unsealed-verdicts.ts';

export interface TailOptions {
  readonly brokers: readonly string[];
  readonly partition: number;
  readonly signal: AbortSignal;
}

/** Beyond this many offsets the tail is not read: the answer would take longer than anybody waits. */
const MOST_OFFSETS = 1_000_000;

/**
 * Counts what lies in raw after `rawLast`, record by record, up to the end that it had when this was called. A record batch
 * that cannot be read counts as what its one verdict will: one record, and holes for the rest.
 */
export async function countUnsealed(
  { brokers, partition, signal }: TailOptions,
  topic: string,
  rawLast: number,
): Promise<LogTerms> {
  const range = (await logOffsets(brokers, topic)).get(partition);
  if (!range) throw new AuditoriumError('topic-missing', `${topic} has no partition ${partition}`);
  const { start, end: rawEnd } = range;
  const from = rawLast + 1;
  if (from > rawEnd)
    return { rawEnd, unsealed: { uncounted: `the raw log ends at ${rawEnd}, before the ledger's ${from}` } };
  if (from < start)
    return {
      rawEnd,
      unsealed: { uncounted: `the raw log begins at ${start}, after the ledger's ${from}: lost` },
    };
  if (rawEnd - from > MOST_OFFSETS) {
    return {
      rawEnd,
      unsealed: { uncounted: `${rawEnd - from} raw offsets are not sealed, too many to count here` },
    };
  }
  let records = 0;
  let holes = 0;
  const tail = { brokers, topic, partition, from, to: rawEnd, signal, takeUnreadable: true };
  for await (const batch of readPartition(tail)) {
    records += batch.messages.length;
    for (const hole of batch.holes) holes += hole.to - hole.from + 1;
  }
  return { rawEnd, unsealed: { records, holes } };
}

/** The verdicts that the ledger does not hold yet, up to enriched's end. */
export async function readVerdicts(
  { brokers, partition, signal }: TailOptions,
  topic: string,
  position: { readonly enrichedNext: number; readonly rawLast: number },
  org: string,
): Promise<UnsealedVerdicts> {
  const verdicts = new UnsealedVerdicts(position.rawLast, org);
  const from = position.enrichedNext;
  for await (const batch of readPartition({ brokers, topic, partition, from, signal })) {
    for (const message of batch.messages) verdicts.take(message);
  }
  return verdicts;
}
