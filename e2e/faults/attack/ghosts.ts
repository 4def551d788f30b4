import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@auditorium/events';
import kafkajs, { type Consumer, type Kafka } from 'kafkajs';

/** The groups of our workers, and what they read. */
const GROUPS = [
  { group: 'auditorium.enrichment', topic: topicsOf().raw },
  { group: 'auditorium.sealer', topic: topicsOf().enriched },
  { group: 'auditorium.query', topic: topicsOf().enriched },
] as const;
export type GroupName = (typeof GROUPS)[number]['group'];

/** Rebalances a minute, over all groups: each visit makes two. */
const REBALANCES_A_MINUTE = 30;
const VISIT_MS = 1_000;

/** A member that joins a group, is given partitions, does nothing with them, and leaves: what a bad deployment does all day. */
export class Ghosts {
  readonly #kafka: Kafka;
  readonly #stopping = new AbortController();
  #visits = 0;
  #walking: Promise<void> = Promise.resolve();

  constructor(brokers: readonly string[]) {
    this.#kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      clientId: 'faults-ghost',
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 1 },
    });
  }

  /** How many rebalances were made. */
  get rebalances(): number {
    return this.#visits * 2;
  }

  start(): void {
    this.#walking = this.#walk();
  }

  /** Joins a group and leaves it, now. Fails silently: brokers are killed meanwhile. */
  async visit(group: GroupName): Promise<void> {
    const { topic } = GROUPS.find((each) => each.group === group)!;
    const ghost = this.#kafka.consumer({ groupId: group, sessionTimeout: 6000, retry: { retries: 1 } });
    try {
      await ghost.connect();
      await ghost.subscribe({ topic });
      await joined(ghost);
      this.#visits += 1;
      await sleep(VISIT_MS);
    } catch {
      // A broker is away: no visit this time.
    } finally {
      await ghost.disconnect().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#walking;
  }

  async #walk(): Promise<void> {
    const pause = (60_000 * 2) / REBALANCES_A_MINUTE;
    const { signal } = this.#stopping;
    for (let turn = 0; !signal.aborted; turn += 1) {
      const visit = this.visit(GROUPS[turn % GROUPS.length]!.group);
      await Promise.all([visit, sleep(pause, undefined, { signal }).catch(() => undefined)]);
    }
  }
}

/** Resolves when the ghost has its partitions; it reads, and forgets. */
async function joined(ghost: Consumer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  ghost.on('consumer.group_join', () => resolve());
  ghost.on('consumer.crash', ({ payload }) => reject(payload.error));
  const late = setTimeout(() => reject(new Error('no answer of the group')), 15_000);
  await ghost.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  await promise.finally(() => clearTimeout(late));
}
