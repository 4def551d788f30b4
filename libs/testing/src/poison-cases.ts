import type { RejectionCode } from '@auditorium/events';
import type { LineWriter } from './poison-lines.ts';
import type { SentRecord } from './send-records.ts';

/** A hostile record, and what must become of it. */
export interface Poison extends SentRecord {
  /** What is wrong or nasty about it. */
  readonly name: string;
  readonly verdict: 'accepted' | 'repeat' | RejectionCode;
}

/** A case that differs by its value alone. */
export type Case = readonly [name: string, value: Buffer | string | null];

/** Cases that differ by their value alone. */
export function all(write: LineWriter, verdict: Poison['verdict'], cases: readonly Case[]): Poison[] {
  const key = Buffer.from(write.org);
  return cases.map(([name, value]) => ({
    name: `${verdict}: ${name}`,
    verdict,
    key,
    value: value === null ? null : Buffer.from(value as string),
  }));
}

export function keyed(
  verdict: Poison['verdict'],
  name: string,
  key: Buffer | null,
  value: Buffer | null,
): Poison {
  return { name: `${verdict}: ${name}`, verdict, key, value };
}
