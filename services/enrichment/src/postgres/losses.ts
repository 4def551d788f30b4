import type pg from 'pg';
import type { Loss } from '../domain/loss.ts';

/** A loss with who accepted it, when and why. */
export interface AcceptedLoss extends Loss {
  readonly partition: number;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

export const LOSSES = `
SELECT partition, raw_from AS "from", raw_to AS "to", reason, accepted_by AS by, accepted_at AS at
FROM enrichment.accepted_loss WHERE topic = $1 AND ($2::integer IS NULL OR partition = $2)
ORDER BY partition, raw_from`;

export const ACCEPT = `
INSERT INTO enrichment.accepted_loss (topic, partition, raw_from, raw_to, reason, accepted_by)
VALUES ($1, $2, $3, $4, $5, $6)`;

/** The losses accepted in a partition of this raw topic, or in all of them, in the order of raw. */
export async function readLosses(
  client: pg.Pool | pg.PoolClient,
  topic: string,
  partition?: number,
): Promise<AcceptedLoss[]> {
  return (await client.query<AcceptedLoss>(LOSSES, [topic, partition ?? null])).rows;
}

export async function insertLoss(
  client: pg.PoolClient,
  topic: string,
  { partition, from, to, reason, by }: Omit<AcceptedLoss, 'at'>,
): Promise<void> {
  await client.query(ACCEPT, [topic, partition, from, to, reason, by]);
}
