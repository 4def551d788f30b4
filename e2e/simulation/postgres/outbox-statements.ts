import * as relay from '../../../libs/sdk/src/relay-statements.ts';
import { inSchema } from '../../../libs/sdk/src/outbox-table.ts';
import { INSERT } from '../../../libs/sdk/src/record-event.ts';
import type { SimDatabase } from './sim-database.ts';
import { Table } from './table.ts';

export interface OutboxRow {
  readonly id: number;
  readonly shard: number;
  readonly org_hash: number;
  readonly org: string;
  readonly event: Buffer;
  readonly sequence: number | null;
}

interface ShardRow {
  readonly shard: number;
  readonly sequence: number;
}

export interface Outbox {
  readonly rows: Table<OutboxRow>;
  readonly shards: Table<ShardRow>;
}

const byId = (a: OutboxRow, b: OutboxRow): number => a.id - b.id;
const bySequence = (a: OutboxRow, b: OutboxRow): number => Number(a.sequence) - Number(b.sequence);
const shown = ({ id, sequence, org, event }: OutboxRow) => ({ id, sequence, org, event });

/** The outbox of a product, as its migration makes it, and every statement of the SDK over it. */
export function addOutbox(
  database: SimDatabase,
  { schema, origin, shards }: { schema: string; origin: string; shards: number },
): Outbox {
  const rows = database.add(new Table<OutboxRow>('audit_outbox', { key: ({ id }) => id }));
  const counters = database.add(new Table<ShardRow>('audit_outbox_shard', { key: ({ shard }) => shard }));
  for (let shard = 0; shard < 64; shard += 1) counters.cell(shard).committed = { shard, sequence: 0 };
  const on: SimDatabase['on'] = (text, statement) => database.on(inSchema(text, schema), statement);
  on(INSERT, async (tx, hash: number, org: string, event: Buffer) => {
    const id = rows.nextId();
    await tx.insert(rows, { id, shard: hash % shards, org_hash: hash, org, event, sequence: null });
    return [{ id }];
  });
  on(relay.ORIGIN, () => [{ id: origin, shards }]);
  on(relay.NUMBERED_ROWS, (tx, shard: number, partitions: number, partition: number, most: number) =>
    rows
      .rows(tx)
      .filter(
        (row) => row.shard === shard && row.sequence !== null && row.org_hash % partitions === partition,
      )
      .toSorted(bySequence)
      .slice(0, most)
      .map(shown),
  );
  on(relay.NUMBERED_PARTITIONS, (tx, shard: number, partitions: number) => {
    const waiting = rows.rows(tx).filter((row) => row.shard === shard && row.sequence !== null);
    return [...new Set(waiting.map((row) => row.org_hash % partitions))].map((partition) => ({ partition }));
  });
  on(relay.DELETE_ROWS, (tx, ids: readonly (string | number)[]) => {
    const gone = new Set(ids.map(Number));
    return tx.delete(rows, ({ id }) => gone.has(id));
  });
  on(relay.NUMBER_ROWS, async (tx, shard: number, most: number) => {
    const isNext = (row: OutboxRow): boolean => row.shard === shard && row.sequence === null;
    const next = rows.rows(tx).filter(isNext).toSorted(byId).slice(0, most);
    if (next.length === 0) return [];
    const places = new Map(next.map(({ id }, index) => [id, index + 1]));
    const [counter] = await tx.update(
      counters,
      (row) => row.shard === shard,
      ({ sequence }) => ({ sequence: sequence + next.length }),
    );
    const base = (counter?.sequence ?? 0) - next.length;
    const numbered = await tx.update(
      rows,
      (row) => places.has(row.id) && row.sequence === null,
      ({ id }) => ({ sequence: base + (places.get(id) ?? 0) }),
    );
    return numbered.map(shown);
  });
  return { rows, shards: counters };
}

/** Locks of a session, which end with it. */
export function addSessionLocks(database: SimDatabase): void {
  const { locks, sessions } = database;
  // A session that dies gives its locks back at once here; how long a silent one keeps them is the server's business.
  database.on(relay.END_WHEN_SILENT, (_tx, silenceMs: string) => [{ set_config: silenceMs }]);
  database.on(relay.TRY_LOCK, (tx, name: string) => {
    const session = [...sessions].find((each) => each.runs(tx));
    if (session === undefined) throw new Error('a statement of no session');
    const holder = locks.get(name);
    if (holder === undefined) locks.set(name, session);
    return [{ locked: holder === undefined || holder === session }];
  });
}
