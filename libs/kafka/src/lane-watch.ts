import { AuditoriumError } from '@auditorium/events';
import type { KafkaLog } from './kafka-log.ts';
import type { PartitionLane } from './partition-lane.ts';
import type { PositionGuard } from './position-guard.ts';

/** Kafkajs resets an out-of-range position silently, and reads nothing at all if the log is empty: so we look. */
const WATCH_MS = 5000;
/** How many looks find a partition standing still before the log is told, and how many lie between two such lines. */
const LOOKS_BEFORE_WARNING = 3;
const LOOKS_BETWEEN_WARNINGS = 60;
/** A look gives up after 30 s and the next one begins: when this has passed, one has failed. */
const UNHEARD_MS = 45_000;

/** What a watch looks at, and whom it tells. */
export interface LaneWatchOptions {
  readonly topic: string;
  readonly guard: PositionGuard;
  readonly lanes: ReadonlyMap<number, PartitionLane>;
  readonly log: KafkaLog;
  /** A lane's position is not in its log. */
  readonly onOutside: (lane: PartitionLane, error: unknown) => void;
}

/** Looks now and then whether lanes that wait for messages wait at a right place, and whether Kafka answers at all. */
export class LaneWatch {
  readonly #options: LaneWatchOptions;
  readonly #seenIdle = new Map<number, { position: number; looks: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #heardAt = performance.now();

  constructor(options: LaneWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#heardAt = performance.now();
    this.#timer = setInterval(() => void this.#look(), WATCH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @throws AuditoriumError `kafka-unavailable` when Kafka has not been heard for so long that messages must be waiting */
  ready(): void {
    if (performance.now() - this.#heardAt <= UNHEARD_MS) return;
    const message = `${this.#options.topic} cannot be read: Kafka does not answer`;
    throw new AuditoriumError('kafka-unavailable', message, { retryable: true });
  }

  /** One at a time: while Kafka is away they would only add up. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#lookAtIdleLanes().catch(() => undefined);
    this.#isLooking = false;
  }

  async #lookAtIdleLanes(): Promise<void> {
    const { guard, lanes, onOutside } = this.#options;
    const ranges = await guard.ranges();
    this.#heardAt = performance.now();
    for (const lane of lanes.values()) {
      const { partition, position } = lane;
      const range = ranges.get(partition);
      if (!lane.isIdle || position === undefined || !range) continue;
      if (position < range.start || position > range.end) {
        await guard.requireInside(partition, position).catch((error: unknown) => onOutside(lane, error));
      } else if (position < range.end) this.#standsStill(lane, position, range.end);
    }
  }

  /** The log goes on and nothing comes: an open transaction, which readers wait for, or a fetch loop that lost its place. */
  #standsStill(lane: PartitionLane, position: number, logEnd: number): void {
    const { partition } = lane;
    const seen = this.#seenIdle.get(partition);
    const looks = seen?.position === position ? seen.looks + 1 : 0;
    this.#seenIdle.set(partition, { position, looks });
    if (looks > 0) lane.refetch();
    if (looks % LOOKS_BETWEEN_WARNINGS === LOOKS_BEFORE_WARNING)
      this.#options.log.warn(
        { partition, position, logEnd },
        'a partition stands still although its log goes on: is a transaction open?',
      );
  }
}
