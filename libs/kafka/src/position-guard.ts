import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OffsetRange } from './topic-reader.ts';

/** After a leader change the new leader may for a moment announce an end that lies too low. */
const LOOKS_BEFORE_FATAL = 3;
const LOOK_PAUSE_MS = 1000;

/** Who knows what each partition of the topic holds now. */
export interface LogRanges {
  ranges(): Promise<Map<number, OffsetRange>>;
  close(): Promise<void>;
}

/** Whether a partition stopped because its log begins behind its position: what lay between has expired. */
export function isBehindLog(error: unknown): boolean {
  if (!isAuditoriumError(error, 'position-out-of-range')) return false;
  const { position, start } = error.facts;
  return typeof position === 'number' && typeof start === 'number' && position < start;
}

/** Compares positions with what the log of a topic really holds. */
export class PositionGuard {
  readonly #topic: string;
  readonly #log: LogRanges;

  constructor(topic: string, log: LogRanges) {
    this.#topic = topic;
    this.#log = log;
  }

  /** What each partition holds now. */
  ranges(): Promise<Map<number, OffsetRange>> {
    return this.#log.ranges();
  }

  /** @throws AuditoriumError `position-out-of-range` when the log was cut back, made anew or never went that far. */
  async requireInside(partition: number, position: number): Promise<void> {
    for (let look = 1; ; look += 1) {
      const range = (await this.ranges()).get(partition) ?? { start: 0, end: 0 };
      if (position >= range.start && position <= range.end) return;
      if (position < range.start || look === LOOKS_BEFORE_FATAL)
        throw this.#outOfRange(partition, position, range);
      await sleep(LOOK_PAUSE_MS);
    }
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #outOfRange(partition: number, position: number, range: OffsetRange): AuditoriumError {
    const topic = this.#topic;
    return new AuditoriumError(
      'position-out-of-range',
      `The checkpoint of ${topic}/${partition} is ${position}, but its log is kept from ${range.start} to ${range.end}`,
      { facts: { topic, partition, position, ...range } },
    );
  }
}
