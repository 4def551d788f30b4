import * as adopted from '../../../services/delivery/src/postgres/adopted-segments.ts';
import type { HeadRow, LedgerTables, PartitionRow, SegmentRow } from './ledger-statements.ts';
import type { SimDatabase } from './sim-database.ts';

/** What the sealer of a restored database asks: which segments it knows, and the taking up of those that it has forgotten. */
export function addSegmentAdoption(
  database: SimDatabase,
  { partitions, segments, heads }: LedgerTables,
): void {
  database.on(adopted.NEWEST_SEALED, (tx, partition: number) =>
    segments
      .rows(tx)
      .filter((row) => row.partition === partition && row.state === 'sealed')
      .toSorted((a, b) => b.raw_last - a.raw_last)
      .slice(0, 1)
      .map(({ key }) => ({ key })),
  );
  database.on(adopted.KNOWN, (tx, keys: readonly string[]) =>
    segments
      .rows(tx)
      .filter(({ key }) => keys.includes(key))
      .map(({ key, state }) => ({ key, state })),
  );
  database.on(adopted.RAISE_ABOVE, async (tx, partition: number, epoch: number, to: number) => {
    const isOurs = (row: PartitionRow): boolean => row.partition === partition && row.epoch === epoch;
    const raised = await tx.update(partitions, isOurs, () => ({ epoch: to }));
    return raised.map(() => ({ epoch: to }));
  });
  database.on(
    adopted.STRAY_RUNS,
    (tx, orgs: readonly string[], firsts: readonly number[], previous: readonly (string | null)[]) => {
      const isStray = (org: string, index: number): boolean => {
        const head: HeadRow | undefined = heads.get(org, tx);
        const segment = head && segments.get(head.segment, tx);
        return (
          firsts[index] !== (head?.sequence ?? 0) + 1 || (previous[index] ?? null) !== (segment?.key ?? null)
        );
      };
      return [{ strays: orgs.filter(isStray).length }];
    },
  );
  database.on(
    adopted.ADOPT,
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
      const counts = { accepted, rejected, repeats, holes };
      const place = { key, partition, epoch, raw_from, raw_last };
      const sealed: SegmentRow = {
        id: segments.nextId(),
        state: 'sealed',
        ...place,
        ...counts,
        abandoned_at: 0,
        looks: 0,
      };
      const change = ({ state }: SegmentRow) =>
        state === 'writing' ? ({ state: 'sealed' } as const) : undefined;
      const row = await tx.upsert(segments, sealed, change, (each) => each.key);
      return row === undefined ? [] : [{ id: row.id }];
    },
  );
}
