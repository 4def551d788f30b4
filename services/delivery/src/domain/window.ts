import { createHash } from 'node:crypto';
import { jittered } from '@auditorium/events';

/** Sequences, both inclusive. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What of the settings decides keys and lines; fixed for a window. */
export interface Shape {
  readonly prefix: string;
  readonly layout: string;
}

export function shapeOf({ prefix, layout }: Shape): Shape {
  return { prefix, layout };
}

/** A range of an org's sequence that is due: from the cursor to the head as it was when the timer fired. */
export interface Window extends Range {
  readonly id: number;
  readonly destination: string;
  readonly settingsVersion: number;
  readonly shape: Shape;
  readonly state: 'open' | 'planned';
}

/** One object, decided before its first byte is sent. */
export interface Plan extends Range {
  readonly id: string;
  readonly window: number;
  readonly destination: string;
  readonly part: string;
  readonly layout: string;
  readonly layoutVersion: number;
  readonly key: string;
  readonly events: number;
  readonly filtered: number;
  readonly quarantined: number;
  /** Of the ledger's lines, newlines included. */
  readonly bytes: number;
  /** SHA-256 of the ledger's lines that the object holds, hex. */
  readonly digest: string;
  readonly plannedAt: Date;
  /** Its copy in the ledger bucket; null until that is written. */
  readonly copiedIn: string | null;
}

/** Nothing when the destination is done with everything that the ledger has. */
export function rangeDue(cursor: number, head: number): Range | undefined {
  return head > cursor ? { first: cursor + 1, last: head } : undefined;
}

/** What a key ends in: ten hex digits from the plan's id, so that two plans never share a key. */
export function suffixOf(planId: string): string {
  return createHash('sha256').update(planId).digest('hex').slice(0, 10);
}

/**
 * When a plan is made: now, but later by a millisecond than the one before, whatever the clocks of couriers say. So a
 * layout may name an object by its millisecond.
 */
export function planTime(now: Date, latest: Date | undefined): Date {
  return latest === undefined || now > latest ? now : new Date(latest.getTime() + 1);
}

/** What to do with an answer of the bucket. `412` is success only if an earlier attempt of this plan may have written. */
export function judgePut(
  outcome: 'written' | 'exists',
  earlierMayHaveWritten: boolean,
): 'written' | 'found' | 'conflict' {
  if (outcome === 'written') return 'written';
  return earlierMayHaveWritten ? 'found' : 'conflict';
}

export interface BackoffPolicy {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Pauses double from the first to the longest, less a random part, so that failing destinations do not come in step. */
export const BACKOFF: BackoffPolicy = { firstMs: 5_000, longestMs: 600_000 };

/**
 * @param random in [0, 1)
 * @param askedMs for how long the other side has asked to be left alone; obeyed up to the longest pause
 */
export function pauseMs(
  failures: number,
  random: number,
  { firstMs, longestMs }: BackoffPolicy = BACKOFF,
  askedMs = 0,
): number {
  const longest = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30));
  return Math.max(jittered(longest, random), Math.min(askedMs, longestMs));
}
