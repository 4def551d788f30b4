import * as heads from '../../../services/delivery/src/postgres/heads.ts';
import * as partitions from '../../../services/delivery/src/postgres/partitions.ts';
import * as segments from '../../../services/delivery/src/postgres/segments.ts';
import { HEAD_SEGMENT } from '../../../services/delivery/src/postgres/segment-at.ts';
import { HEAD } from '../../../services/delivery/src/postgres/show-destinations.ts';
import { DUE, LOOKED } from '../../../services/delivery/src/reap-segments.ts';
import type { SimDatabase } from './sim-database.ts';
import { Table } from './table.ts';

export interface PartitionRow {
  readonly partition: number;
  readonly epoch: number;
  readonly enriched_next: number;
  readonly raw_last: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly holes: number;
  readonly skipped: number;
  readonly gap_from: number | null;
  readonly gap_to: number | null;
}

export interface SegmentRow {
  readonly id: number;
  readonly key: string;
  readonly partition: number;
  readonly epoch: number;
  readonly state: 'writing' | 'sealed' | 'abandoned';
  readonly raw_from: number;
  readonly raw_last: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly holes: number;
  readonly abandoned_at: number;
  readonly looks: number;
}

export interface HeadRow {
  readonly org: string;
  readonly partition: number;
  readonly first: number;
  readonly sequence: number;
  readonly segment: number;
}

export interface LedgerTables {
  readonly partitions: Table<PartitionRow>;
  readonly segments: Table<SegmentRow>;
  readonly heads: Table<HeadRow>;
}

const HOUR_MS = 3_600_000;
const NEW_PARTITION = {
  epoch: 1,
  enriched_next: 0,
  raw_last: -1,
  accepted: 0,
  rejected: 0,
  repeats: 0,
  holes: 0,
  skipped: 0,
  gap_from: null,
  gap_to: null,
};
const accounted = (row: { accepted: number; rejected: number; repeats: number; holes: number }): number =>
  row.accepted + row.rejected + row.repeats + row.holes;

/** The sealer's tables and statements. */
export function addLedger(database: SimDatabase): LedgerTables {
  const tables = ledgerTables(database);
  onPartitions(database, tables);
  onSegments(database, tables);
  onHeads(database, tables);
  return tables;
}

function ledgerTables(database: SimDatabase): LedgerTables {
  const partitionTable = database.add(
    new Table<PartitionRow>('partition', {
      key: ({ partition }) => partition,
      check: (row) => accounted(row) === row.raw_last + 1,
    }),
  );
  const segmentTable = database.add(
    new Table<SegmentRow>('segment', {
      key: ({ id }) => id,
      unique: [
        ({ key }) => key,
        ({ state, partition, raw_last }) => (state === 'sealed' ? `${partition} ${raw_last}` : undefined),
      ],
      references: [
        { table: () => partitionTable as unknown as Table<never>, key: ({ partition }) => partition },
      ],
      check: (row) => accounted(row) === row.raw_last - row.raw_from + 1,
    }),
  );
  const headTable = database.add(new Table<HeadRow>('org_head', { key: ({ org }) => org }));
  return { partitions: partitionTable, segments: segmentTable, heads: headTable };
}

function onPartitions(
  database: SimDatabase,
  { partitions: table, segments: segmentTable }: LedgerTables,
): void {
  database.on(partitions.RAISE_EPOCH, async (tx, partition: number) => {
    const row = await tx.upsert(table, { partition, ...NEW_PARTITION }, ({ epoch }) => ({
      epoch: epoch + 1,
    }));
    const { epoch, enriched_next, raw_last, gap_from, gap_to } = row as PartitionRow;
    return [{ epoch, enriched_next, raw_last, gap_from, gap_to }];
  });
  database.on(partitions.ABANDON_OLDER, async (tx, partition: number, epoch: number) => {
    const isOlder = (row: SegmentRow): boolean =>
      row.partition === partition && row.state === 'writing' && row.epoch < epoch;
    const isOurs = (row: PartitionRow): boolean => row.partition === partition && row.epoch === epoch;
    if ((await tx.lockWhere(table, 'share', isOurs)).length === 0) return 0;
    const change = () => ({ state: 'abandoned', abandoned_at: tx.now }) as const;
    return (await tx.update(segmentTable, isOlder, change)).length;
  });
  database.on(
    partitions.MOVE,
    async (
      tx,
      partition: number,
      epoch: number,
      fromNext: number,
      fromLast: number,
      enriched_next: number,
      raw_last: number,
      accepted: number,
      rejected: number,
      repeats: number,
      holes: number,
      skipped: number,
      gap_from: number | null,
      gap_to: number | null,
    ) => {
      const stands = (row: PartitionRow): boolean =>
        row.partition === partition &&
        row.epoch === epoch &&
        row.enriched_next === fromNext &&
        row.raw_last === fromLast;
      const moved = await tx.update(table, stands, (row) => ({
        enriched_next,
        raw_last,
        accepted: row.accepted + accepted,
        rejected: row.rejected + rejected,
        repeats: row.repeats + repeats,
        holes: row.holes + holes,
        skipped: row.skipped + skipped,
        gap_from,
        gap_to,
      }));
      return moved.length;
    },
  );
  database.on(
    partitions.STANDS_AT,
    (tx, partition: number, epoch: number, enrichedNext: number, rawLast: number) => {
      const row = table.get(partition, tx);
      return row?.epoch === epoch && row.enriched_next === enrichedNext && row.raw_last === rawLast
        ? [{}]
        : [];
    },
  );
}

function onSegments(
  database: SimDatabase,
  { partitions: partitionTable, segments: table }: LedgerTables,
): void {
  database.on(
    segments.BEGIN,
    async (
      tx,
      key: string,
      partition: number,
      epoch: number,
      raw_from: number,
      raw_last: number,
      _enrichedFrom: number,
      _enrichedNext: number,
      accepted: number,
      rejected: number,
      repeats: number,
      holes: number,
    ) => {
      const isOurs = (row: PartitionRow): boolean => row.partition === partition && row.epoch === epoch;
      const [held] = await tx.lockWhere(partitionTable, 'share', isOurs);
      if (held === undefined) return [];
      const counts = { accepted, rejected, repeats, holes };
      const begun: SegmentRow = {
        id: table.nextId(),
        key,
        partition,
        epoch,
        state: 'writing',
        raw_from,
        raw_last,
        ...counts,
        abandoned_at: 0,
        looks: 0,
      };
      const change = ({ state }: SegmentRow) => (state === 'writing' ? {} : undefined);
      const row = await tx.upsert(table, begun, change, (each) => each.key);
      return row === undefined ? [] : [{ id: row.id }];
    },
  );
  database.on(segments.LOCK_PARTITION, async (tx, partition: number) => {
    const rows = await tx.lockWhere(partitionTable, 'update', (row) => row.partition === partition);
    return rows.map(({ epoch }) => ({ epoch }));
  });
  database.on(segments.LOCK_SEGMENT, async (tx, id: number) => {
    const rows = await tx.lockWhere(table, 'update', (row) => row.id === id);
    return rows.map(({ state }) => ({ state }));
  });
  database.on(segments.SEAL, async (tx, id: number) => {
    const isIt = (row: SegmentRow): boolean => row.id === id;
    return (await tx.update(table, isIt, () => ({ state: 'sealed' as const }))).length;
  });
  database.on(DUE, (tx) => {
    const isDue = ({ state, looks, abandoned_at }: SegmentRow): boolean =>
      state === 'abandoned' &&
      ((looks === 0 && abandoned_at < tx.now - HOUR_MS) ||
        (looks === 1 && abandoned_at < tx.now - 24 * HOUR_MS));
    const due = table.rows(tx).filter(isDue);
    return due
      .toSorted((a, b) => a.abandoned_at - b.abandoned_at)
      .slice(0, 100)
      .map(({ id, key, looks }) => ({ id, key, looks }));
  });
  database.on(LOOKED, async (tx, id: number, looks: number) => {
    const isIt = (row: SegmentRow): boolean =>
      row.id === id && row.looks === looks && row.state === 'abandoned';
    return (await tx.update(table, isIt, () => ({ looks: looks + 1 }))).length;
  });
}

function onHeads(database: SimDatabase, { heads: table, segments: segmentTable }: LedgerTables): void {
  database.on(HEAD, (tx, org: string) => {
    const row = table.get(org, tx);
    return row === undefined ? [] : [{ sequence: row.sequence }];
  });
  database.on(HEAD_SEGMENT, (tx, org: string) => {
    const row = table.get(org, tx);
    const segment = row && segmentTable.get(row.segment, tx);
    return segment === undefined ? [] : [{ key: segment.key }];
  });
  database.on(heads.READ_HEADS, (tx, orgs: readonly string[]) =>
    orgs.flatMap((org) => {
      const row = table.get(org, tx);
      const segment = row && segmentTable.get(row.segment, tx);
      return segment === undefined ? [] : [{ org, sequence: row?.sequence, segment: segment.key }];
    }),
  );
  database.on(
    segments.ADVANCE_HEADS,
    async (
      tx,
      segment: number,
      partition: number,
      orgs: readonly string[],
      firsts: readonly number[],
      lasts: readonly number[],
    ) => {
      const runs = orgs
        .map((org, index) => ({
          org,
          partition,
          first: firsts[index] ?? 0,
          sequence: lasts[index] ?? 0,
          segment,
        }))
        .filter(({ org, first }) => first === 1 || table.get(org, tx) !== undefined)
        .toSorted((a, b) => (a.org < b.org ? -1 : 1));
      let advanced = 0;
      for (const run of runs) {
        const follows = (head: HeadRow): boolean =>
          head.sequence === run.first - 1 && head.partition === run.partition;
        const row = await tx.upsert(table, run, (head) => (follows(head) ? run : undefined));
        if (row !== undefined) advanced += 1;
      }
      return advanced;
    },
  );
}
