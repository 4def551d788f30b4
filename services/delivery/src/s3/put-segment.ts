import { AuditoriumError } from '@auditorium/events';
import type { FinishedSegment } from '@auditorium/ledger';
import type { ObjectStore } from '@auditorium/object-store';

/** Longest that one attempt may take. A store that accepts the connection and then says nothing must not stop a partition. */
const ATTEMPT_MS = 30_000;

/**
 * Puts the segment's object, if absent. The key is random and ours alone, so an object that is already there was
 * written by an earlier attempt whose answer was lost; its length is compared all the same.
 * @throws AuditoriumError `s3-…`; `conflict` when another object has the key
 */
export async function putSegment(
  store: ObjectStore,
  { body, size, footer }: Pick<FinishedSegment, 'body' | 'size' | 'footer'>,
  signal: AbortSignal,
): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]);
  const put = await store.putIfAbsent(footer.segment, body, {
    contentType: 'application/vnd.auditorium.segment',
    signal: limited,
  });
  if (put.outcome === 'written') return;
  const there = await store.head(footer.segment, { signal: limited });
  if (there?.size === size) return;
  throw new AuditoriumError('conflict', `another object has the key of segment ${footer.segment}`);
}
