/** For so long a partition may fail before the service says that it is not ready. */
const FAILING_MS = 15_000;
/** No batch takes that long, unless Kafka or a database keeps its answer back. */
const PENDING_MS = 30_000;
/** Tried again at least every 10 s: one of which nothing was heard for a minute is somebody else's by now. */
const GIVEN_AWAY_MS = 60_000;

interface Trouble {
  readonly since: number;
  readonly at: number;
  readonly error: unknown;
}

/**
 * Which partitions have not gone on for a while, whether they fail again and again or nothing answers: what readiness asks.
 * Times in ms of any clock that goes forward.
 */
export class LastingFailures {
  readonly #failing = new Map<number, Trouble>();
  readonly #pending = new Map<number, number>();

  /** Something was begun that will be done, or fail. */
  began(partition: number, now: number): void {
    this.#pending.set(partition, now);
  }

  /** A partition could not be opened, or something not be finished; it will be tried again. */
  failed(partition: number, error: unknown, now: number): void {
    const since = this.#failing.get(partition)?.since ?? now;
    this.#pending.delete(partition);
    this.#failing.set(partition, { since, at: now, error });
  }

  /** It went on. */
  done(partition: number): void {
    this.#pending.delete(partition);
    this.#failing.delete(partition);
  }

  /** What has kept a partition from going on for a while; undefined when all go on. */
  lasting(now: number): unknown {
    for (const { since, at, error } of this.#failing.values()) {
      if (now - since >= FAILING_MS && now - at < GIVEN_AWAY_MS) return error;
    }
    for (const [partition, since] of this.#pending) {
      if (now - since >= PENDING_MS) return new Error(`nothing answers partition ${partition}`);
    }
    return undefined;
  }
}
