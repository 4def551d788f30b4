import type { OutMessage } from '@auditorium/kafka';

/**
 * Half of the 1 MiB that a topic takes in one record batch, so that keys, headers and overhead fit. An event is at most
 * 256 KiB, so it always fits as well.
 */
const BATCH_BYTES = 524_288;

/** The same messages in the same order, cut into what can be sent at once. */
export function batchesOf(messages: readonly OutMessage[]): OutMessage[][] {
  const batches: OutMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = message.value?.length ?? 0;
    if (bytes > room || batches.length === 0) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(message);
    room -= bytes;
  }
  return batches;
}
