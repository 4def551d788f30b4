import { setTimeout as sleep } from 'node:timers/promises';
import { NETWORK_FAULTS, S3_FAULTS } from '@auditorium/testing';
import type { Progress, ProgressWatch } from './progress.ts';
import type { ProxiedSystem } from './proxied-system.ts';
import type { EventStream } from './stream.ts';

/** A server that can go away, and how: it says nothing any more, or refuses. */
export type Away = 'postgresql' | 's3';
export type Manner = 'hang' | 'down';

/** Begins; what it returns brings the server back. */
export function takeAway({ postgres, s3 }: ProxiedSystem, away: Away, manner: Manner): () => void {
  if (away === 'postgresql') {
    const hang = 'a server that takes connections and says nothing, and whose connections are lost';
    return NETWORK_FAULTS[manner === 'hang' ? hang : 'a server that is down'](postgres);
  }
  s3.script(() => S3_FAULTS[manner === 'hang' ? 'a hang' : 'a reset before the body']);
  return () => s3.heal();
}

/** The stages that have something to catch up with, and how far each had to come. */
const STAGES = ['enriched', 'sealed', 'projected', 'delivered'] as const;
export type Stage = (typeof STAGES)[number];

/** How a stage came back: drained records a second against those that arrived in the same time. */
export interface CaughtUp {
  readonly stage: Stage;
  readonly waiting: number;
  /** From the server's return to where raw stood then. */
  readonly seconds: number;
  /** Of those the ones before anything moved: what was asked while it was away had to be given up first. */
  readonly stoodSeconds: number;
  readonly drainedPerSecond: number;
  readonly times: number;
}

const LOOK_MS = 500;
/** A stage that had less than this to do, in seconds of arrivals, was not held up. */
const HELD_UP_SECONDS = 10;

/**
 * Watches until every stage is where raw stood when the server came back; the stream goes on meanwhile. The rate is that from
 * the last look before the stage moved again; how long it stood before that is told beside it.
 */
export async function watchCatchingUp(
  watch: ProgressWatch,
  stream: EventStream,
  {
    perSecond,
    patienceSeconds,
    say,
  }: { perSecond: number; patienceSeconds: number; say: (line: string) => void },
): Promise<CaughtUp[]> {
  const begun = Date.now();
  const from = await watch.look();
  const targets = targetsOf(from, stream);
  const done = new Map<Stage, CaughtUp>();
  const stood = new Map<Stage, number>(STAGES.map((stage) => [stage, 0]));
  for (let told = begun; done.size < STAGES.length; await sleep(LOOK_MS)) {
    const seconds = (Date.now() - begun) / 1000;
    const now = await watch.look();
    for (const stage of STAGES) {
      if (now[stage] <= from[stage]) stood.set(stage, seconds);
      if (done.has(stage) || now[stage] < targets[stage]) continue;
      const waiting = targets[stage] - from[stage];
      const stoodSeconds = stood.get(stage) ?? 0;
      const rate = rateOf(waiting, seconds - stoodSeconds, shareOf(stage, perSecond, targets));
      done.set(stage, { stage, waiting, seconds, stoodSeconds, ...rate });
    }
    if (Date.now() - told > 10_000) {
      told = Date.now();
      say(`catching up for ${Math.round(seconds)} s: ${JSON.stringify(now)}`);
    }
    if (seconds > patienceSeconds)
      throw new Error(`not caught up within ${patienceSeconds} s: ${JSON.stringify(now)}`);
  }
  return STAGES.flatMap((stage) => done.get(stage) ?? []);
}

export const wasHeldUp = ({ waiting }: CaughtUp, perSecond: number): boolean =>
  waiting > perSecond * HELD_UP_SECONDS;

function targetsOf(from: Progress, { acknowledged }: EventStream): Record<Stage, number> {
  const connected = [...acknowledged].filter(([org]) => !org.startsWith('org_small'));
  const delivered = connected.reduce((sum, [, count]) => sum + count, 0);
  return { enriched: from.raw, sealed: from.raw, projected: from.raw, delivered };
}

/** Of the stream only what goes to connected orgs arrives at the courier. */
const shareOf = (stage: Stage, perSecond: number, targets: Record<Stage, number>): number =>
  stage === 'delivered' ? (perSecond * targets.delivered) / targets.sealed : perSecond;

function rateOf(
  waiting: number,
  seconds: number,
  arriving: number,
): Pick<CaughtUp, 'drainedPerSecond' | 'times'> {
  // What came meanwhile was taken too, since the stage stands at or behind where raw stood.
  const drainedPerSecond = waiting / Math.max(seconds, LOOK_MS / 1000);
  return { drainedPerSecond, times: drainedPerSecond / arriving };
}
