import { AuditoriumError } from '@auditorium/events';

/** Codes after which the same attempt can never succeed: the work belongs to somebody else, or contradicts the ledger. */
const FINAL: readonly string[] = [
  'fenced',
  'conflict',
  'stopping',
  'segment-refused',
  'segment-corrupt',
  'internal',
];

/**
 * Whether trying again is pointless. Everything else is tried for as long as the partition is ours, a wrong bucket or
 * missing permission too: an operator mends it and nothing has been lost meanwhile.
 */
export function isFinal(error: unknown): boolean {
  if (error instanceof AuditoriumError) return FINAL.includes(error.code);
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** Codes over which a partition stops: what the ledger, the database and enriched say cannot all be true. */
const STOPS: readonly string[] = [
  'ledger-mismatch',
  'ledger-ahead',
  'segment-corrupt',
  'segment-unsupported',
];

/** Whether opening the partition again is pointless until an operator has looked. */
export function isStop(error: unknown): boolean {
  return error instanceof AuditoriumError && STOPS.includes(error.code);
}
