import type pg from 'pg';
import {
  type Destination,
  type DestinationEvent,
  evolve,
  isActive,
  statusOf,
} from '../domain/destination.ts';

/** A destination as it stands, locked until the transaction ends. */
export interface LoadedDestination {
  readonly id: string;
  readonly org: string;
  readonly partition: number;
  readonly version: number;
  readonly state: Destination;
}

/** The cursor before the destination, always: the courier takes them in this order too, and two orders would deadlock. */
export const LOCK_CURSOR = 'SELECT 1 FROM delivery.destination_cursor WHERE destination = $1 FOR UPDATE';
export const LOAD =
  'SELECT id, org, partition, version, state FROM delivery.destination WHERE id = $1 FOR UPDATE';

/** Undefined when there is no such destination. */
export async function lockDestination(
  client: pg.ClientBase,
  id: string,
): Promise<LoadedDestination | undefined> {
  await client.query(LOCK_CURSOR, [id]);
  const { rows } = await client.query<LoadedDestination>(LOAD, [id]);
  return rows[0];
}

export const APPEND = `
INSERT INTO delivery.destination_event (destination, version, type, data, by)
SELECT $1, $2 + ordinality, event ->> 'type', event - 'type', $4
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS e (event, ordinality)`;
export const PROJECT = `
UPDATE delivery.destination SET version = $2, state = $3, status = $4, bucket = $5, prefix = $6 WHERE id = $1`;
export const STEER = `
UPDATE delivery.destination_cursor
SET active = $2, interval_s = $3,
    next_at = least(next_at, CASE WHEN $4 THEN now() WHEN interval_s <> $3 THEN delivery.next_timer(destination, $3) END)
WHERE destination = $1`;

/**
 * Adds to the history of a locked destination, with everything that follows from it.
 * @param by who did it; null for the courier
 * @param soon whether the next window is due at once
 */
export async function appendEvents(
  client: pg.ClientBase,
  loaded: LoadedDestination,
  events: readonly DestinationEvent[],
  { by = null, soon = false }: { by?: string | null; soon?: boolean } = {},
): Promise<LoadedDestination> {
  const state = events.reduce<Destination>(evolve, loaded.state);
  const version = loaded.version + events.length;
  await client.query(APPEND, [loaded.id, loaded.version, JSON.stringify(events), by]);
  const { bucket, prefix, windowSeconds } = state.settings;
  await client.query(PROJECT, [loaded.id, version, state, statusOf(state), bucket, prefix]);
  await client.query(STEER, [loaded.id, isActive(state), windowSeconds, soon]);
  return { ...loaded, version, state };
}

export const INSERT = `
INSERT INTO delivery.destination (id, org, partition, version, status, bucket, prefix, external_id, state)
VALUES ($1, $2, $3, 0, 'pending', $4, $5, $6, $7)`;
/** In the slow lane until its first window is delivered: that may be the whole history. */
export const INSERT_CURSOR = `
INSERT INTO delivery.destination_cursor (destination, org, partition, slow, interval_s, start, cursor, next_at)
VALUES ($1, $2, $3, true, $4, $5, $5, delivery.next_timer($1, $4))`;
/** A courier takes leases of partitions that are on record; this one may be the first destination of its partition. */
export const INSERT_LEASE =
  'INSERT INTO delivery.courier_lease (partition) VALUES ($1) ON CONFLICT DO NOTHING';

/** Begins a stream with `created`. */
export async function insertDestination(
  client: pg.ClientBase,
  { id, partition, by }: { id: string; partition: number; by: string },
  event: DestinationEvent & { type: 'created' },
): Promise<LoadedDestination> {
  const { org, externalId, settings, start } = event;
  const state = evolve(undefined, event);
  const { bucket, prefix, windowSeconds } = settings;
  await client.query(INSERT, [id, org, partition, bucket, prefix, externalId, state]);
  await client.query(INSERT_CURSOR, [id, org, partition, windowSeconds, start]);
  await client.query(INSERT_LEASE, [partition]);
  return appendEvents(client, { id, org, partition, version: 0, state }, [event], { by });
}

export const LOCK_BUCKET =
  "SELECT pg_advisory_xact_lock(hashtextextended('auditorium.delivery.bucket ' || $1, 0))";
export const NEIGHBOURS = `
SELECT 1 FROM delivery.destination
WHERE bucket = $1 AND org = $4 AND status <> 'deleted' AND id <> $3 AND (starts_with($2, prefix) OR starts_with(prefix, $2))
LIMIT 1`;

/**
 * Whether the place is free: no other destination of the org writes there, nor below or above it. It stays so until this
 * transaction is over. Other orgs are not looked at: they could keep an org out of its own bucket by naming it first, or
 * learn who uses which; and keys have the org in them.
 */
export async function claimPlace(
  client: pg.ClientBase,
  { bucket, prefix }: { bucket: string; prefix: string },
  { id, org }: { id: string; org: string },
): Promise<boolean> {
  await client.query(LOCK_BUCKET, [bucket]);
  const { rowCount } = await client.query(NEIGHBOURS, [bucket, prefix, id, org]);
  return rowCount === 0;
}

export const MAY_HAVE_WRITTEN = `
SELECT EXISTS (SELECT FROM delivery.attempt a JOIN delivery.object_plan p ON p.id = a.plan
               WHERE p.destination = $1 AND a.may_have_written) AS may`;

/** Whether anything of ours may lie in the bucket. */
export async function mayHaveWrittenTo(client: pg.ClientBase, id: string): Promise<boolean> {
  return (await client.query<{ may: boolean }>(MAY_HAVE_WRITTEN, [id])).rows[0]?.may === true;
}

export const DROP_PLANS = 'DELETE FROM delivery.object_plan WHERE destination = $1';
export const DROP_WINDOWS = 'DELETE FROM delivery.delivery_window WHERE destination = $1';

/** Takes back what was planned for a place where nothing can have been written; the cursor has not moved. */
export async function dropPlans(client: pg.ClientBase, id: string): Promise<void> {
  await client.query(DROP_PLANS, [id]);
  await client.query(DROP_WINDOWS, [id]);
}
