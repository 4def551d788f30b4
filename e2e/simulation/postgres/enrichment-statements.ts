import { RAISE_MARKS, READ, SAVE } from '../../../services/enrichment/src/postgres/positions.ts';
import { LOSSES } from '../../../services/enrichment/src/postgres/losses.ts';
import { WAITING } from '../../../services/enrichment/src/postgres/refills.ts';
import type { SimDatabase } from './sim-database.ts';
import { Table } from './table.ts';

export interface PositionRow {
  readonly partition: number;
  readonly enriched_next: number;
  readonly raw_last: number;
  readonly raw_digest: string | null;
  readonly raw_next: number | null;
  readonly enriched_end: number;
  readonly memory: Buffer | null;
  readonly saved_at: number;
}

export interface MarkRow {
  readonly partition: number;
  readonly outbox: string;
  readonly sequence: number;
}

export interface Positions {
  readonly positions: Table<PositionRow>;
  readonly marks: Table<MarkRow>;
}

const markKey = ({ partition, outbox }: MarkRow): string => `${partition} ${outbox}`;
const byOutbox = (a: MarkRow, b: MarkRow): number => (a.outbox < b.outbox ? -1 : 1);

/** The schema `enrichment` and its statements. */
export function addEnrichment(database: SimDatabase): Positions {
  const positions = database.add(
    new Table<PositionRow>('position', {
      key: ({ partition }) => partition,
      check: (row) => row.enriched_end >= row.enriched_next,
    }),
  );
  const marks = database.add(new Table<MarkRow>('outbox_mark', { key: markKey }));
  database.on(READ, (tx, partition: number) => {
    const row = positions.get(partition, tx);
    if (row === undefined) return [];
    const { partition: _, ...rest } = row;
    const its = marks
      .rows(tx)
      .filter((mark) => mark.partition === partition)
      .toSorted(byOutbox);
    const outboxes = its.map(({ outbox }) => outbox);
    return [{ ...rest, outboxes, sequences: its.map(({ sequence }) => String(sequence)) }];
  });
  database.on(
    RAISE_MARKS,
    async (tx, partition: number, outboxes: readonly string[], sequences: readonly number[]) => {
      for (const [index, outbox] of outboxes.entries()) {
        const given: MarkRow = { partition, outbox, sequence: sequences[index] ?? 0 };
        await tx.upsert(marks, given, ({ sequence }) => ({ sequence: Math.max(sequence, given.sequence) }));
      }
      return outboxes.length;
    },
  );
  database.on(
    SAVE,
    async (
      tx,
      partition: number,
      enriched_next: number,
      raw_last: number,
      raw_digest: string | null = null,
      enriched_end: number,
      memory: Buffer | null = null,
      expected: number,
      raw_next: number | null = null,
    ) => {
      const saved = { enriched_next, raw_last, raw_digest, raw_next, memory };
      const row = await tx.upsert(
        positions,
        { partition, ...saved, enriched_end, saved_at: tx.now },
        (now) => ({
          ...(now.enriched_next === expected ? saved : {}),
          enriched_end: Math.max(now.enriched_end, enriched_end),
          saved_at: tx.now,
        }),
      );
      return [{ enriched_next: row?.enriched_next }];
    },
  );
  // No operator is simulated: nothing was accepted as lost, and nobody asks to resume.
  database.on(LOSSES, () => []);
  database.on(WAITING, () => []);
  return { positions, marks };
}
