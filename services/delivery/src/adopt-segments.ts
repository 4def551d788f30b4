import { createHash } from 'node:crypto';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import {
  type Footer,
  listAfter,
  parseSegmentKey,
  readFooter,
  readRun,
  segmentPrefix,
} from '@auditorium/ledger';
import type { ObjectStore } from '@auditorium/object-store';
import type { Logger, Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { type Link, sealedChain } from './domain/segment-chain.ts';
import { type Position, SegmentGathering } from './domain/segment-gathering.ts';
import type { EnrichedReader } from './kafka/enriched-reader.ts';
import { adoptSegment, knownSegments, newestSealed, raiseAbove } from './postgres/adopted-segments.ts';
import { movePosition, type OpenedPartition } from './postgres/partitions.ts';
import { SegmentFooters } from './s3/segment-footers.ts';

/** Where a test may kill the sealer while it takes up what a restored database has forgotten. */
export const ADOPT_POINTS = ['sealer.before-adopt', 'sealer.after-adopt'] as const;
export type AdoptPoint = (typeof ADOPT_POINTS)[number];

export interface AdoptSegmentsDependencies {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  readonly enriched: EnrichedReader;
  /** Raw topic that the ledger names in its footers. */
  readonly topic: string;
  readonly log: Logger;
  readonly reached: Reached<AdoptPoint>;
}

/**
 * How far above every epoch seen the next one lies after a restore. A sealer that had opened the partition and sealed nothing
 * left no trace in the bucket: its epoch must not come up again while it may be asleep.
 */
const EPOCHS_UNSEEN = 1_000_000;

/**
 * Before the first sealing of a partition: whatever the ledger bucket holds of it beyond what the database knows is taken up.
 * Usually nothing, for one listing of an empty page. After a restore it is every segment since the backup: rows, heads and
 * position come back from the objects, so that nothing is sealed a second time.
 *
 * Each segment is one transaction, in order; killed in between, the next opening goes on behind it. Until all are in, nothing
 * is sealed; and when they do not follow each other exactly, the partition stops instead.
 *
 * @returns where the partition stands now, and the epoch to work in
 * @throws AuditoriumError `ledger-mismatch`, `ledger-ahead`, `segment-…`: an operator has to look; `s3-…`, `fenced`: again
 */
export async function adoptSegments(
  deps: AdoptSegmentsDependencies,
  opened: OpenedPartition,
): Promise<OpenedPartition> {
  const { partition } = opened;
  const keys = await keysBehind(deps, partition);
  if (keys.length === 0) return opened;
  const known = await knownSegments(deps.pool, keys);
  const isRestored = keys.some((key) => !known.has(key));
  const highest = Math.max(...keys.map((key) => parseSegmentKey(key)?.epoch ?? 0));
  const above = isRestored ? highest + EPOCHS_UNSEEN : highest;
  const epoch = await raiseAbove(deps.pool, partition, opened.epoch, above);
  if (!isRestored) return { ...opened, epoch };
  // One whose row was being written when the backup was made may have been sealed since; one that was abandoned never was.
  const candidates = keys.filter((key) => !known.has(key) || known.get(key) === 'writing');
  const links = (await linksOf(deps, candidates)).filter(({ rawLast }) => rawLast > opened.rawLast);
  let at: OpenedPartition = { ...opened, epoch };
  for (const link of sealedChain(links)) at = await adopt(deps, at, link);
  const facts = { partition, epoch, from: opened.rawLast, to: at.rawLast, objects: candidates.length };
  deps.log.warn(
    facts,
    'the ledger knew more than the database: it was restored, and its segments are taken up',
  );
  return at;
}

async function keysBehind({ pool, store }: AdoptSegmentsDependencies, partition: number): Promise<string[]> {
  const newest = await newestSealed(pool, partition);
  const keys: string[] = [];
  const startAfter = newest === undefined ? undefined : listAfter(newest);
  for await (const { key } of store.list(segmentPrefix(partition), { startAfter }))
    if (key !== newest && parseSegmentKey(key) !== null) keys.push(key);
  return keys;
}

async function linksOf({ store }: AdoptSegmentsDependencies, keys: readonly string[]): Promise<Link[]> {
  const footers = new SegmentFooters(store);
  const links: Link[] = [];
  for (const key of keys) {
    // The reaper of the database that is gone may have deleted it since it was listed.
    const footer = await footers.of(key).catch((error: unknown) => {
      if (isAuditoriumError(error, 's3-no-key')) return undefined;
      throw error;
    });
    if (footer === undefined) continue;
    const { epoch, rawFrom, rawLast, enrichedFrom, enrichedNext } = footer;
    links.push({ key, epoch, rawFrom, rawLast, enrichedFrom, enrichedNext });
  }
  return links;
}

async function adopt(
  deps: AdoptSegmentsDependencies,
  at: OpenedPartition,
  link: Link,
): Promise<OpenedPartition> {
  const { partition, epoch } = at;
  const from = link.rawFrom === at.rawLast + 1 ? at : await moveTo(deps, at, link);
  if (link.rawFrom !== from.rawLast + 1 || link.enrichedFrom < from.enrichedNext)
    throw mismatch(link.key, `it begins at raw ${link.rawFrom}, but the ledger goes to ${from.rawLast}`);
  const body = await deps.store.get(link.key);
  const footer = verified(deps, partition, link, body);
  const to = { enrichedNext: footer.enrichedNext, rawLast: footer.rawLast };
  const counts = { ...footer.counts, skipped: 0 };
  const segment = { footer, size: body.length, digest: createHash('sha256').update(body).digest('hex') };
  await deps.reached('sealer.before-adopt');
  await adoptSegment(deps.pool, segment, { partition, epoch, from, to, counts, gap: null });
  await deps.reached('sealer.after-adopt');
  return { partition, epoch, gap: null, ...to };
}

/**
 * Between two segments the position may have moved without an object, over repeats and holes alone. How many of which, only
 * enriched can say; where it is not kept any more, nobody can, and the partition must not go on as if it were nothing.
 */
async function moveTo(
  { pool, enriched }: AdoptSegmentsDependencies,
  at: OpenedPartition,
  link: Link,
): Promise<Position> {
  const { partition, epoch, gap: _, ...from } = at;
  const gathering = new SegmentGathering(from);
  try {
    for await (const batch of enriched.read(partition, from.enrichedNext, link.enrichedFrom)) {
      for (const message of batch.messages) gathering.take(message);
      gathering.moveTo(batch.next);
    }
  } catch (cause) {
    if (!isAuditoriumError(cause, 'position-out-of-range')) throw cause;
    const message = `before segment ${link.key} only repeats were taken from enriched, which it no longer holds`;
    throw new AuditoriumError('ledger-ahead', message, { cause, facts: { partition, from, link } });
  }
  const { position, counts, gap } = gathering;
  const leads = gathering.builder.empty && gap === null && position.rawLast === link.rawFrom - 1;
  if (!leads) throw mismatch(link.key, `enriched does not lead from raw ${from.rawLast} to ${link.rawFrom}`);
  await movePosition(pool, { partition, epoch, from, to: position, counts, gap: null });
  return position;
}

/** The footer, once every byte of the object is what it says. */
function verified({ topic }: AdoptSegmentsDependencies, partition: number, link: Link, body: Buffer): Footer {
  const footer = readFooter(body, body.length);
  const runs = footer.rejected ? [...footer.runs, footer.rejected] : footer.runs;
  for (const run of runs) readRun(body.subarray(run.offset, run.offset + run.length), run);
  if (footer.segment !== link.key || footer.partition !== partition || footer.topic !== topic)
    throw mismatch(link.key, `it says that it is ${footer.segment} of ${footer.topic}/${footer.partition}`);
  return footer;
}

function mismatch(key: string, why: string): AuditoriumError {
  return new AuditoriumError('ledger-mismatch', `segment ${key} cannot be taken up: ${why}`);
}
