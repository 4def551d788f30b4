import { AuditoriumError } from '@auditorium/events';
import type { OffsetRange, PartitionLogs } from '@auditorium/kafka';
import { packStretch, type PackedStretch } from '../../../libs/kafka/src/packed-stretch.ts';
import { readStretch } from '../../../libs/kafka/src/read-partition.ts';
import type { SimKafka } from './sim-kafka.ts';
import { toFetched } from './sim-record-batch.ts';

/** The real reader tries for so long before it says that Kafka is away. */
const PATIENCE_MS = 30_000;

/** The reader of one topic outside any group, in the place of the real one's requests. */
export class SimReader {
  readonly #kafka: SimKafka;
  readonly #topic: string;

  constructor(kafka: SimKafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
  }

  offsets(kind: 'high' | 'stable' = 'high'): Promise<Map<number, OffsetRange>> {
    return this.#ask('offsets', () => {
      const logs = this.#kafka.logs(this.#topic);
      return new Map(
        logs.map((_, partition) => [partition, this.#kafka.announced(this.#topic, partition, kind)]),
      );
    });
  }

  fetch(positions: ReadonlyMap<number, number>, maxWaitMs: number): Promise<PackedStretch[]> {
    return this.#ask('fetch', async () => {
      const there = this.#look(positions);
      if (there.length > 0) return there;
      const logs = [...positions.keys()].map((partition) => this.#kafka.log(this.#topic, partition));
      const late = new Promise<void>((resolve) => this.#kafka.world.after(maxWaitMs, resolve));
      await Promise.race([late, ...logs.map((log) => log.moved())]);
      return this.#look(positions);
    });
  }

  #look(positions: ReadonlyMap<number, number>): PackedStretch[] {
    return [...positions].flatMap(([partition, from]) => {
      const log = this.#kafka.log(this.#topic, partition);
      const records = log.fetch(from, 1 + this.#kafka.world.random.int(20));
      if (records === undefined) throw outOfRange(this.#topic, partition);
      const fetched = toFetched(records);
      const place = { topic: this.#topic, partition, from, logEnd: log.end };
      return packStretch(fetched, fetched.aborted, place) ?? [];
    });
  }

  #ask<T>(name: string, act: () => T | Promise<T>): Promise<T> {
    const what = `${name} of ${this.#topic}`;
    return this.#kafka.world.io('kafka', what, act, {
      timeoutMs: PATIENCE_MS,
      error: () => new AuditoriumError('kafka-unavailable', `${what}: no answer`, { retryable: true }),
    });
  }
}

function outOfRange(topic: string, partition: number): AuditoriumError {
  return new AuditoriumError(
    'position-out-of-range',
    `The position in ${topic}/${partition} is outside its log`,
    {
      facts: { topic, partition },
    },
  );
}

/** The services' look into logs; how a stretch is read is real code. */
export function simLogs(kafka: SimKafka): PartitionLogs {
  return {
    offsets: (topic) => new SimReader(kafka, topic).offsets(),
    read: (stretch) => readStretch(new SimReader(kafka, stretch.topic), stretch),
  };
}
