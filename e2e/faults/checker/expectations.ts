import type { History, Place, RawRecord, SentEvent } from './history.ts';
import { placeName } from './violation.ts';

/** A raw record with what must become of it. */
export interface Expected extends RawRecord {
  readonly verdict: 'accepted' | 'rejected' | 'repeat';
  /** How its producer knows it; undefined for one that nobody sent. */
  readonly sent: SentEvent | undefined;
}

/** The raw topic with the verdict that is due on each record, by place and by what was sent. */
export interface Expectations {
  readonly records: readonly Expected[];
  at(place: Place): Expected | undefined;
  /** The raw records with the org and the bytes of `sent`, in raw order. */
  of(sent: SentEvent): readonly Expected[];
}

/**
 * What must become of each raw record: of the copies of one event in a partition the first is accepted and the others are
 * repeats; what must be rejected is rejected each time.
 */
export function expectationsOf({ sent, raw }: History): Expectations {
  const known = new Map(sent.map((event) => [contentKey(event), event]));
  const copies = new Map<string, Expected[]>();
  const places = new Map<string, Expected>();
  for (const record of raw.toSorted(inOrder)) {
    const key = contentKey(record);
    const before = copies.get(key) ?? [];
    const expected = expect(record, known.get(key), before);
    copies.set(key, [...before, expected]);
    places.set(placeName(record), expected);
  }
  return {
    records: [...places.values()],
    at: (place) => places.get(placeName(place)),
    of: (event) => copies.get(contentKey(event)) ?? [],
  };
}

function expect(record: RawRecord, sent: SentEvent | undefined, before: readonly Expected[]): Expected {
  const accepted = before.some(({ verdict }) => verdict === 'accepted');
  const due = sent?.fate === 'rejected' ? 'rejected' : accepted ? 'repeat' : 'accepted';
  return { ...record, sent, verdict: record.verdict ?? due };
}

function contentKey({ org, digest }: { readonly org: string; readonly digest: string }): string {
  return `${digest} ${org}`;
}

function inOrder(a: Place, b: Place): number {
  return a.partition - b.partition || a.offset - b.offset;
}
