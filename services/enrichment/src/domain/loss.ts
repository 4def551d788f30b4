import { NO_DIGEST, type EnrichedHeaders } from '@auditorium/events';

/** Raw offsets, both inclusive, that are gone, and that an operator has accepted as lost. */
export interface Loss {
  readonly from: number;
  readonly to: number;
}

/**
 * The loss that was accepted for exactly what is missing behind the last verdict: it begins right behind it and lies wholly
 * before the first raw offset that is kept. What raw holds is never covered by a decision.
 */
export function lossBehind(losses: readonly Loss[], last: number, rawStart: number): Loss | undefined {
  return losses.find(({ from, to }) => from === last + 1 && to < rawStart);
}

/** Whether a loss was accepted that covers all of these offsets, which a batch lacks. */
export function isAccepted(losses: readonly Loss[], missing: Loss): boolean {
  return losses.some(({ from, to }) => from <= missing.from && missing.to <= to);
}

/** The verdict on lost offsets, up to `to`: nobody has seen what they held. */
export function lostVerdict(last: number, to: number): EnrichedHeaders {
  return {
    verdict: 'rejected',
    code: 'raw-lost',
    rawFrom: last + 1,
    rawOffset: to,
    digest: NO_DIGEST,
    length: 0,
  };
}
