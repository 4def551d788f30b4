import type { Place, SentEvent } from './history.ts';

/** What can be wrong with a history. */
export const VIOLATION_KINDS = [
  /** Acknowledged, and missing somewhere where it must be. */
  'lost',
  /** More than once in the same org's ledger (from several raw records), in a destination over all versions, or in the view. */
  'doubled',
  /** Not in the order of its raw partition; or at another sequence in a bucket than in the ledger. */
  'out-of-order',
  /** With another org than the one it was sent for. */
  'wrong-org',
  /** Never sent, or not in the raw topic where it is said to come from. */
  'phantom',
  /** One raw record in the ledger and among the rejected ones, or twice in one of them. */
  'two-verdicts',
  /** One verdict, but not the right one. */
  'wrong-verdict',
  /** An org's sequence leaves a number out, or begins with another than 1. */
  'hole',
  /** An org's sequence has a number twice. */
  'repeated-sequence',
  /** Other bytes than were sent, or than the ledger has. */
  'changed',
] as const;
export type ViolationKind = (typeof VIOLATION_KINDS)[number];

/** One thing that is wrong: what, with which event, and where. */
export interface Violation {
  readonly kind: ViolationKind;
  /** The event as its producer knows it: org, source and id; its digest where it has no id. */
  readonly event: string;
  /** Where it was found, or missed: `ledger org_a #17 (raw 3/1041)`. */
  readonly where: string;
}

/** How an event is named. */
export function nameOf({ org, source, id, digest }: Omit<SentEvent, 'acknowledged' | 'fate'>): string {
  return id === '' ? `${org} ${digest}` : `${org} ${source} ${id}`;
}

/** How a raw record is named. */
export function placeName({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}
