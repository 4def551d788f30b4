import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import type { PartitionLogs, Producer } from '@auditorium/kafka';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { PartitionSession } from './domain/partition-session.ts';
import {
  requireContinuation,
  requireReplay,
  requireSameRecord,
  restoreState,
  type LogRange,
  type SavedPosition,
} from './domain/plan-resume.ts';
import { replayVerdict } from './domain/replay-verdict.ts';
import { lossBehind } from './domain/loss.ts';
import { sendLost, type EnrichPoint } from './enrich-batch.ts';
import type { EnrichmentWatch } from './kafka/enrichment-watch.ts';
import { readLosses } from './postgres/losses.ts';
import { readPosition } from './postgres/positions.ts';

/** Where a test may kill enrichment while it resumes: all of them leave nothing behind. */
export const RESUME_POINTS = ['enrichment.after-read', 'enrichment.after-replay'] as const;
export type ResumePoint = (typeof RESUME_POINTS)[number];

export interface ResumeDependencies {
  readonly pool: pg.Pool;
  readonly producer: Producer;
  readonly logs: PartitionLogs;
  readonly topics: { readonly raw: string; readonly enriched: string };
  readonly now: () => number;
  readonly watch: EnrichmentWatch;
  readonly reached: Reached<ResumePoint | EnrichPoint>;
}

/** After a leader change a log may for a moment announce an end that lies too low. */
const LOOKS = 4;
const LOOK_PAUSE_MS = 1000;
const NOTHING = Buffer.alloc(0);

/**
 * Brings a partition back to where its verdicts end: reads what was saved, replays enriched from there through the
 * consumer rule, and makes sure that raw still goes on behind the last verdict.
 *
 * @throws AuditoriumError `enriched-gap`, `raw-loss`, `resume-mismatch`: nobody but an operator can mend these
 */
export async function resumePartition(
  deps: ResumeDependencies,
  partition: number,
): Promise<PartitionSession> {
  const saved = await readPosition(deps.pool, partition);
  await deps.reached('enrichment.after-read');
  const { enriched } = deps.topics;
  const { end } = await settled(deps, enriched, partition, (range) => requireReplay(saved, range));
  const session = await replay(deps, partition, saved, end);
  await deps.reached('enrichment.after-replay');
  session.losses = await readLosses(deps.pool, deps.topics.raw, partition);
  const { start } = await goOnBehind(deps, session);
  if (session.state.last >= start) await requireRecord(deps, session);
  deps.producer.reset(enriched, partition);
  return session;
}

/**
 * Makes sure that raw still goes on behind the last verdict, and holds the record that it is on.
 *
 * @throws AuditoriumError `raw-loss`, `resume-mismatch`
 */
export async function requireRaw(deps: ResumeDependencies, session: PartitionSession): Promise<void> {
  const { last } = session.state;
  const { start } = await settled(deps, deps.topics.raw, session.partition, (range) =>
    requireContinuation(last, range, session.rawNext),
  );
  if (last >= start) await requireRecord(deps, session);
}

/**
 * Raw must go on behind the last verdict. What is gone there and was accepted as lost gets its verdict first: in exactly
 * that range, and only while raw really begins behind it.
 */
async function goOnBehind(deps: ResumeDependencies, session: PartitionSession): Promise<LogRange> {
  const { raw, enriched } = deps.topics;
  for (;;) {
    const { last } = session.state;
    let range: LogRange | undefined;
    try {
      return await settled(deps, raw, session.partition, (found) => {
        range = found;
        requireContinuation(last, found, session.rawNext);
      });
    } catch (error) {
      if (!isAuditoriumError(error, 'raw-loss')) throw error;
      const loss = lossBehind(session.losses, last, range?.start ?? 0);
      if (loss === undefined) throw error;
      deps.producer.reset(enriched, session.partition);
      await sendLost({ ...deps, enriched }, session, loss.to);
    }
  }
}

async function settled(
  { logs }: ResumeDependencies,
  topic: string,
  partition: number,
  require: (range: LogRange) => void,
): Promise<LogRange> {
  for (let look = 1; ; look += 1) {
    const range = (await logs.offsets(topic)).get(partition);
    if (range === undefined)
      throw new AuditoriumError('topic-settings', `${topic} has no partition ${partition}`);
    try {
      require(range);
      return range;
    } catch (error) {
      if (look === LOOKS || !isAuditoriumError(error, 'resume-mismatch')) throw error;
      await sleep(LOOK_PAUSE_MS);
    }
  }
}

async function replay(
  deps: ResumeDependencies,
  partition: number,
  saved: SavedPosition,
  to: number,
): Promise<PartitionSession> {
  const state = restoreState(saved);
  const { enrichedNext: from } = saved;
  const session = new PartitionSession(partition, state, {
    enrichedNext: from,
    savedNext: from,
    // A database whose clock is ahead of ours must not make us wait until ours gets there before we save again.
    savedAt: Math.min(saved.savedAt ?? 0, deps.now()),
  });
  session.positions.pass(session.position);
  const { logs, topics } = deps;
  for await (const batch of logs.read({ topic: topics.enriched, partition, from, to })) {
    for (const message of batch.messages) {
      const outcome = replayVerdict(state, message);
      session.enrichedNext = message.offset + 1;
      if (outcome === 'take') session.positions.pass(session.position);
      else deps.watch.replayed(partition, outcome, message.offset);
    }
  }
  session.enrichedNext = to;
  session.savedRawNext = saved.rawNext ?? saved.rawLast + 1;
  session.rawNext = Math.max(state.last + 1, session.savedRawNext);
  return session;
}

async function requireRecord({ logs, topics }: ResumeDependencies, session: PartitionSession): Promise<void> {
  const { last, lastDigest = '' } = session.state;
  const { partition } = session;
  let found = '';
  for await (const batch of logs.read({
    topic: topics.raw,
    partition,
    from: last,
    to: last + 1,
    takeUnreadable: true,
  })) {
    const record = batch.messages.find(({ offset }) => offset === last);
    if (record !== undefined) found = hash('sha256', record.value ?? NOTHING, 'hex');
  }
  requireSameRecord(last, lastDigest, found);
}
