import { AuditoriumError } from '@auditorium/events';
import { laneProducer, type Producer } from '@auditorium/kafka';
import type { SimKafka } from './sim-kafka.ts';
import type { Transaction } from './sim-log.ts';

/** The client repeats a batch under one producer id, so that it lands once, for so long before it gives up. */
const GIVES_UP_MS = 30_000;

/**
 * The services' producer over the simulated Kafka: their order of sends is real code. A batch is in the log whole or not
 * at all; one that was given up may land later, behind whatever was sent since under another producer id.
 */
export function simProducer(kafka: SimKafka): Producer {
  return laneProducer({
    send: (topic, partition, messages) => {
      const name = `send ${topic}/${partition}`;
      const append = (): number => {
        const base = kafka.log(topic, partition).append(messages, kafka.timestamp());
        kafka.world.log(`${topic}/${partition} takes ${messages.length} at ${base}`);
        return base;
      };
      return kafka.world.io('kafka', name, append, { timeoutMs: GIVES_UP_MS, error: () => failed(name) });
    },
    close: () => Promise.resolve(),
  });
}

function failed(name: string): AuditoriumError {
  return new AuditoriumError('producer-failed', `${name} failed`, { retryable: true });
}

/** A producer with transactions, none of ours: what it leaves in a log are holes, and for a while an end that stands still. */
export function sendInTransaction(
  kafka: SimKafka,
  { topic, partition }: { topic: string; partition: number },
  messages: readonly { key: string; value: Buffer }[],
  how: { outcome: 'committed' | 'aborted'; openMs: number },
): void {
  const log = kafka.log(topic, partition);
  const transaction: Transaction = { state: 'open', first: 0 };
  const { generation } = log;
  for (const message of messages) log.append([message], kafka.timestamp(), transaction);
  kafka.world.after(how.openMs, () => {
    if (log.generation === generation) log.finish(transaction, how.outcome, kafka.timestamp());
  });
}
