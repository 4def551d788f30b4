import { partitionOf } from '@auditorium/events';
import { Problem } from '@auditorium/http';
import type { Producer } from '@auditorium/kafka';
import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { audit } from './audit-catalogue.ts';
import { encodeKey, type EventKey } from './domain/event-cursor.ts';
import { decideResubmission } from './domain/resubmission.ts';
import { confirmResubmission, intendResubmission, readQuarantined } from './postgres/quarantine.ts';

/** Where a crash is tried. */
export const RESUBMIT_CRASH_POINTS = ['resubmit.after-intent', 'resubmit.after-send'] as const;
export type ResubmitCrashPoint = (typeof RESUBMIT_CRASH_POINTS)[number];

export interface ResubmitDependencies {
  readonly pool: pg.Pool;
  readonly producer: Producer;
  /** The raw topic and its number of partitions. */
  readonly topic: string;
  readonly partitions: number;
  readonly reached: Reached<ResubmitCrashPoint>;
}

/** What an operator asks for. */
export interface ResubmitWish {
  readonly by: string;
  readonly org?: string | undefined;
  readonly again?: boolean | undefined;
}

/**
 * Gives a rejected event to raw again, after its cause is mended: the intent and its audit event in one transaction, then
 * the bytes as they were, then the confirmation.
 *
 * Killed before the send, nothing is in raw and the row says `resubmitting`: ask again. Killed after it, the same; the
 * second submission has the same identity and content, and enrichment finds that it is a repeat. It goes without the
 * headers of its outbox, whose sequence has passed.
 *
 * @throws Problem 404, or 409 saying why it cannot be submitted again.
 */
export async function resubmitEvent(
  deps: ResubmitDependencies,
  key: EventKey,
  wish: ResubmitWish,
): Promise<{ org: string; partition: number; rawOffset: number }> {
  const { pool, producer, topic, reached } = deps;
  const { org, value } = await inTransaction(pool, (client) => intend(client, key, wish));
  await reached('resubmit.after-intent');
  const partition = partitionOf(org, deps.partitions);
  producer.reset(topic, partition);
  const { baseOffset } = await producer.send(topic, partition, [{ key: org, value }]);
  await reached('resubmit.after-send');
  await confirmResubmission(pool, key);
  return { org, partition, rawOffset: baseOffset };
}

async function intend(
  client: pg.PoolClient,
  key: EventKey,
  wish: ResubmitWish,
): Promise<{ org: string; value: Buffer }> {
  const quarantined = await readQuarantined(client, key, true);
  if (!quarantined) throw Problem.notFound('there is no such event in the quarantine');
  const decision = decideResubmission(quarantined, wish);
  if (!decision.possible) throw Problem.conflict(`this event cannot be submitted again: ${decision.why}`);
  const { org, value } = decision;
  await intendResubmission(client, key, wish.by, org);
  await audit.record(client, {
    action: 'quarantine.resubmitted',
    org,
    actor: { type: 'user', id: wish.by },
    targets: [{ type: 'quarantined-event', id: encodeKey(key) }],
    metadata: { code: quarantined.code, partition: key.partition, rawoffset: key.rawOffset },
  });
  return { org, value };
}
