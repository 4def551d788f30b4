import type { Loss } from './loss.ts';
import type { LogRange } from './plan-resume.ts';

/** What is known when an operator wants to accept a range as lost. */
export interface Standing {
  readonly code: string;
  readonly lost?: Loss | undefined;
  /** Raw goes around the range, instead of beginning behind it. */
  readonly absent: boolean;
}

/** Whether the range is accepted, or why not. */
export type Acceptance = { readonly accepted: true } | { readonly accepted: false; readonly why: string };

/**
 * What is gone behind the last verdict now: raw may have expired further since the partition stopped. Nothing where it did
 * not stop over a loss.
 */
export function lostNow({ lost, absent }: Standing, raw: LogRange): Loss | undefined {
  if (lost === undefined || absent) return lost;
  return { from: lost.from, to: Math.max(lost.to, raw.start - 1) };
}

/**
 * A decision is good for exactly what is gone, no offset more and none less: the operator must have seen this very range.
 *
 * @param held how many of the range's offsets raw still accounts for, by a record or as a hole of its own
 */
export function decideAcceptance(
  standing: Standing | undefined,
  raw: LogRange,
  { from, to }: Loss,
  held: number,
): Acceptance {
  const lost = standing && lostNow(standing, raw);
  if (standing?.code !== 'raw-loss' || lost === undefined)
    return { accepted: false, why: 'the partition does not stand still over lost raw' };
  if (from !== lost.from || to !== lost.to)
    return { accepted: false, why: `what is gone is ${lost.from}–${lost.to}, not ${from}–${to}` };
  if (standing.absent && raw.start > from)
    return { accepted: false, why: 'raw has expired further since; refill, so that it is looked at again' };
  if (to >= raw.end) return { accepted: false, why: `raw ends at ${raw.end}, before that range does` };
  return held === 0
    ? { accepted: true }
    : { accepted: false, why: `raw still holds ${held} of these offsets` };
}
