import type pg from 'pg';
import { fenced } from '../domain/fenced.ts';

/** A partition whose destinations are this courier's, in one epoch. */
export interface Lease {
  readonly partition: number;
  readonly epoch: number;
}

export const SEEN = `
INSERT INTO delivery.courier (id, seen_at) VALUES ($1, now())
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`;
export const FORGET = "DELETE FROM delivery.courier WHERE id = $1 OR seen_at < now() - interval '1 hour'";
/** How many couriers are there to share the partitions, this one among them. */
export const COURIERS = `
SELECT greatest(1, count(*))::integer AS couriers, (SELECT count(*)::integer FROM delivery.courier_lease) AS partitions
FROM delivery.courier WHERE seen_at > now() - make_interval(secs => $1)`;
export const RENEW = `
UPDATE delivery.courier_lease SET expires_at = now() + make_interval(secs => $2)
WHERE holder = $1 AND partition = ANY ($3) RETURNING partition, epoch`;
/** Locked in full, so that it waits for transactions that the last holder has under way (they hold the key's lock). */
export const TAKE = `
UPDATE delivery.courier_lease l
SET holder = $1, epoch = l.epoch + 1, expires_at = now() + make_interval(secs => $2)
FROM (SELECT partition FROM delivery.courier_lease WHERE expires_at < now()
      ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED) free
WHERE l.partition = free.partition RETURNING l.partition, l.epoch`;
export const RELEASE = `
UPDATE delivery.courier_lease SET holder = NULL, expires_at = '-infinity'
WHERE holder = $1 AND partition = ANY ($2)`;

/** Says that this courier lives; answers with its fair share of partitions. */
export async function fairShare(pool: pg.Pool, courier: string, leaseSeconds: number): Promise<number> {
  await pool.query(SEEN, [courier]);
  const { rows } = await pool.query<{ couriers: number; partitions: number }>(COURIERS, [leaseSeconds]);
  const { couriers, partitions } = rows[0] as { couriers: number; partitions: number };
  return Math.ceil(partitions / couriers);
}

/**
 * Keeps these, as far as this courier still holds them, from now on for another `leaseSeconds`. Only those that it knows
 * of: one whose taking was never answered would otherwise be kept for ever by somebody who does nothing for it.
 */
export async function renewLeases(
  pool: pg.Pool,
  courier: string,
  leaseSeconds: number,
  partitions: readonly number[],
): Promise<Lease[]> {
  return (await pool.query<Lease>(RENEW, [courier, leaseSeconds, partitions])).rows;
}

/** Takes at most `most` partitions that nobody holds. */
export async function takeLeases(
  pool: pg.Pool,
  courier: string,
  leaseSeconds: number,
  most: number,
): Promise<Lease[]> {
  if (most <= 0) return [];
  return (await pool.query<Lease>(TAKE, [courier, leaseSeconds, most])).rows;
}

export async function releaseLeases(
  pool: pg.Pool,
  courier: string,
  partitions: readonly number[],
): Promise<void> {
  await pool.query(RELEASE, [courier, partitions]);
}

/** Not living any more, so that others take its share at once. */
export async function forgetCourier(pool: pg.Pool, courier: string): Promise<void> {
  await pool.query(FORGET, [courier]);
}

export const FENCE = 'SELECT 1 FROM delivery.courier_lease WHERE partition = $1 AND epoch = $2 FOR KEY SHARE';

/**
 * First statement of every transaction of the courier: refuses one that has lost its partition, and keeps the next one
 * from taking it until this transaction is over. A renewal does not wait for it.
 * @throws AuditoriumError `fenced`
 */
export async function fence(client: pg.ClientBase, { partition, epoch }: Lease): Promise<void> {
  const { rowCount } = await client.query(FENCE, [partition, epoch]);
  if (rowCount === 0) throw fenced(partition, epoch);
}
