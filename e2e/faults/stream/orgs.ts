import { DEFAULT_PARTITIONS, partitionOf } from '@auditorium/events';

/** The org that sends most. */
export const HOT_ORG = 'org_hot';
const SMALL_ORGS = 500;
/** Small orgs with a bucket. */
const DELIVERED = 15;

/** A partition in which hardly anything but repeats arrives, so that the ledger moves on there without a segment. */
export const QUIET_PARTITION = 7;

const small = Array.from(
  { length: SMALL_ORGS },
  (_none, number) => `org_s${String(number).padStart(3, '0')}`,
);

export const isQuiet = (org: string): boolean => partitionOf(org, DEFAULT_PARTITIONS) === QUIET_PARTITION;

/** Orgs of the quiet partition. */
export const QUIET_ORGS = small.filter(isQuiet);
/** Small orgs of the other partitions. */
export const SMALL = small.filter((org) => !isQuiet(org));
/** Orgs that have a destination: the hot one, small ones, one of the quiet partition. */
export const WITH_BUCKET = [HOT_ORG, ...SMALL.slice(0, DELIVERED - 1), ...QUIET_ORGS.slice(0, 1)];

/** The org that appears as the `number`-th, never in the quiet partition. */
export function newOrg(number: number): string {
  const names = ['', 'a', 'b', 'c', 'd'].map((suffix) => `org_n${number}${suffix}`);
  return names.find((name) => !isQuiet(name)) ?? HOT_ORG;
}
