import { AuditoriumError } from '@auditorium/events';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { consumeTopic } from './consume-topic.ts';
import type { ConsumeTopicOptions, Consumption } from './consumption.ts';
import type { FetchedBatch } from './fetched-batch.ts';
import type { StoppedPartition } from './group-reading.ts';
import type { PartitionTask } from './partition-task.ts';

/** What an `@EventPattern` handler gets beside the batch: the task that {@link PartitionSource} opened for its partition. */
export interface KafkaBatchContext {
  readonly task: PartitionTask;
}

/** Options of {@link KafkaBatchServer}. */
export interface KafkaBatchServerOptions extends ConsumeTopicOptions {
  /** The `@EventPattern` that is told of each batch. Default: the topic's name. */
  readonly pattern?: string;
}

/**
 * A Nest transport that hands whole batches to one `@EventPattern(pattern)` handler, `(batch, context)`. The handler's
 * promise is the task's `take`: not resolving is back-pressure, an error opens the partition again. Without a handler the
 * task's own `take` is called.
 */
export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  readonly #options: KafkaBatchServerOptions;
  #consumption: Consumption | undefined;

  constructor(options: KafkaBatchServerOptions) {
    super();
    this.#options = options;
  }

  async listen(callback: (error?: unknown, ...facts: unknown[]) => void): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** @throws AuditoriumError `kafka-unavailable` when nothing is being consumed, or Kafka has not been heard for long. */
  ready(): void {
    if (this.#consumption === undefined)
      throw new AuditoriumError('kafka-unavailable', `${this.#options.topic} is not being consumed`);
    this.#consumption.ready();
  }

  async close(): Promise<void> {
    await this.#consumption?.close();
    this.#consumption = undefined;
  }

  /** The partitions that have stopped and are still ours. */
  stopped(): StoppedPartition[] {
    return this.#consumption?.stopped() ?? [];
  }

  /** Opens a stopped partition again. */
  reopen(partition: number): void {
    this.#consumption?.reopen(partition);
  }

  /** The transport has no events of its own; consumption tells through its log and `onFatal`. */
  on(): this {
    return this;
  }

  /** There is nothing behind this transport that a caller should reach around it. */
  unwrap<T>(): T {
    return this.#consumption as T;
  }

  async #start(): Promise<void> {
    const { source } = this.#options;
    this.#consumption = await consumeTopic({
      ...this.#options,
      source: {
        open: async (partition) => {
          const { next, task } = await source.open(partition);
          return {
            next,
            task: {
              take: (batch) => this.#deliver(batch, task),
              close: (reason) => task.close(reason),
              ...(task.failed && { failed: task.failed }),
            },
          };
        },
      },
    });
  }

  async #deliver(batch: FetchedBatch, task: PartitionTask): Promise<void> {
    const handler = this.getHandlerByPattern(this.#options.pattern ?? this.#options.topic);
    if (!handler) return task.take(batch);
    let failure: unknown;
    const told: PartitionTask = {
      ...task,
      close: (reason) => task.close(reason),
      take: (taken) => task.take(taken).catch((error: unknown) => Promise.reject((failure = error) as Error)),
    };
    try {
      const result: unknown = await handler(batch, { task: told } satisfies KafkaBatchContext);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch (error) {
      // Nest puts "Internal server error" in the place of what was thrown; the task's own error says more.
      throw failure ?? error;
    }
  }
}
