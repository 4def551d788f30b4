import { isAuditoriumError, partitionOf } from '@auditorium/events';
import type { Producer } from '@auditorium/kafka';
import type { ComposedEvent } from './compose-event.ts';

/** Where `emit` sends events. */
export interface Emitting {
  /** Of `@auditorium/kafka`. It may be shared with a relay. */
  readonly producer: Producer;
  /** The raw topic. */
  readonly topic: string;
  /** How many partitions it has. */
  readonly partitions: number;
}

/** How often the same bytes are sent before the caller is told. Repeats of the same id and bytes are recognised by enrichment. */
const ATTEMPTS = 3;

/** Sends an event to its org's partition; resolves when every in-sync replica has it. */
export async function emitEvent(
  { producer, topic, partitions }: Emitting,
  event: ComposedEvent,
): Promise<void> {
  const partition = partitionOf(event.org, partitions);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await producer.send(topic, partition, [{ key: event.org, value: event.line }]);
      return;
    } catch (error) {
      // Without a reset the producer would refuse this partition for ever, for everybody who shares it.
      producer.reset(topic, partition);
      if (attempt === ATTEMPTS || !mayRepeat(error)) throw error;
    }
  }
}

/** Also when it was only refused because the send before it, of somebody else, had failed in a way that may pass. */
function mayRepeat(error: unknown): boolean {
  return (
    isAuditoriumError(error) && (error.retryable || (isAuditoriumError(error.cause) && error.cause.retryable))
  );
}
