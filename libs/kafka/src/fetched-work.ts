import type { KafkajsMessage } from './amend-kafkajs.ts';
import { joinStretches, packStretch, type PackedStretch } from './packed-stretch.ts';

/** A stretch that kafkajs fetched: whole, or only known to exist and to be read again because offsets are missing in it. */
export type FetchedWork =
  | { readonly kind: 'stretch'; readonly stretch: PackedStretch }
  | { readonly kind: 'reread'; readonly from: number; readonly next: number };

/** What kafkajs hands to `eachBatch`, with the parts that its types leave out. */
export interface KafkajsBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly fetchedOffset: string | number;
  readonly rawMessages: readonly KafkajsMessage[];
}

/**
 * Takes over a kafkajs batch that was fetched from `from`. One in which offsets are missing between two record batches is
 * read once more before they count as lost.
 *
 * @returns `corrupt` when the first record batch came damaged; undefined when there is nothing behind `from`
 */
export function takeOver(batch: KafkajsBatch, from: number): FetchedWork | 'corrupt' | undefined {
  const fetched = batch.rawMessages[0]?.fetched;
  if (fetched === undefined) return undefined;
  const { topic, partition } = batch;
  const place = { topic, partition, from, logEnd: Number(batch.highWatermark) };
  const stretch = packStretch(fetched, fetched.aborted, place);
  if (stretch === undefined) return fetched.isCorrupt ? 'corrupt' : undefined;
  return isWhole(stretch) ? { kind: 'stretch', stretch } : { kind: 'reread', from, next: stretch.next };
}

function isWhole({ parts, from }: PackedStretch): boolean {
  let expected = from;
  for (const part of parts) {
    const { first, last } = 'hole' in part ? { first: part.hole.from, last: part.hole.to } : part.batch;
    if (first > expected) return false;
    expected = last + 1;
  }
  return true;
}

/** Joins what waits into as few pieces as possible: many small fetches become one stretch. */
export function joinWork(waiting: readonly FetchedWork[]): FetchedWork[] {
  const joined: FetchedWork[] = [];
  for (const work of waiting) {
    const last = joined.at(-1);
    if (last?.kind === 'stretch' && work.kind === 'stretch')
      joined[joined.length - 1] = { kind: 'stretch', stretch: joinStretches(last.stretch, work.stretch) };
    else joined.push(work);
  }
  return joined;
}
