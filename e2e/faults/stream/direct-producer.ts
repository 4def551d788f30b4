import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PARTITIONS, partitionOf, topicsOf } from '@auditorium/events';
import { createProducer, type Producer } from '@auditorium/kafka';
import { goodMessage, type Message, poisonMessage, reusedId, sentOf } from './messages.ts';
import { HOT_ORG, newOrg, QUIET_ORGS, QUIET_PARTITION, SMALL } from './orgs.ts';
import type { SentEvents } from './sent-events.ts';

/** One lane for each partition; each sends about this many events a second. */
const PER_SECOND = 5;
const SHARES = { hot: 0.4, poison: 0.03, reusedId: 0.01, repeat: 0.05, newOrg: 0.02 } as const;
/** In the quiet partition nearly everything is a repeat. */
const QUIET_REPEATS = 0.97;
/** Events that may be repeated, for each lane. */
const KEPT = 500;

/** A producer without an outbox: the answer of Kafka is the acknowledgement. It never waits for one partition because of another. */
export class DirectProducer {
  readonly #producer: Producer;
  readonly #sent: SentEvents;
  readonly #stopping = new AbortController();
  readonly #lanes: Promise<void>[] = [];
  #newOrgs = 0;
  #repeats = 0;

  constructor(brokers: readonly string[], sent: SentEvents) {
    this.#producer = createProducer({ brokers, clientId: 'faults-direct' });
    this.#sent = sent;
  }

  start(): void {
    for (let partition = 0; partition < DEFAULT_PARTITIONS; partition += 1)
      this.#lanes.push(this.#run(new Lane(partition)));
  }

  /** How many events were sent again on purpose, or because nobody knew. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Begins nothing more; resolves when every answer is there. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#lanes);
    await this.#producer.close();
  }

  async #run(lane: Lane): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const message = lane.choose(() => newOrg((this.#newOrgs += 1)));
      if (message !== undefined) await this.#send(lane, message);
      await sleep((1000 / PER_SECOND) * 2 * Math.random(), undefined, {
        signal: this.#stopping.signal,
      }).catch(() => undefined);
    }
  }

  /** After a failure nobody knows: half of those are sent again until there is an answer, the others are left so. */
  async #send(lane: Lane, message: Message): Promise<void> {
    const topic = topicsOf().raw;
    const { partition, key, value } = message;
    if (lane.isKnown(message)) this.#repeats += 1;
    for (;;) {
      try {
        const { baseOffset } = await this.#producer.send(topic, partition, [{ key, value }]);
        this.#sent.add([sentOf(message, true, baseOffset)]);
        lane.acknowledged(message);
        return;
      } catch {
        this.#producer.reset(topic, partition);
        this.#sent.add([sentOf(message, false)]);
        if (this.#stopping.signal.aborted || Math.random() < 0.5) return;
        this.#repeats += 1;
        await sleep(500);
      }
    }
  }
}

/** What is sent to one partition, and what was acknowledged there. */
class Lane {
  readonly #partition: number;
  readonly #orgs: readonly string[];
  readonly #known: Message[] = [];

  constructor(partition: number) {
    this.#partition = partition;
    this.#orgs = [...SMALL, ...QUIET_ORGS].filter((org) => partitionFor(org) === partition);
  }

  choose(nextOrg: () => string): Message | undefined {
    const known = this.#known[Math.floor(Math.random() * this.#known.length)];
    const dice = Math.random();
    if (this.#partition === QUIET_PARTITION)
      return known !== undefined && dice < QUIET_REPEATS ? known : goodMessage(this.#org());
    if (known !== undefined && dice < SHARES.repeat) return known;
    if (known !== undefined && dice < SHARES.repeat + SHARES.reusedId) return reusedId(known);
    if (dice < 0.1) return this.#poison();
    if (dice < 0.1 + SHARES.newOrg) return goodMessage(nextOrg());
    return goodMessage(this.#org());
  }

  isKnown(message: Message): boolean {
    return this.#known.includes(message);
  }

  acknowledged(message: Message): void {
    if (message.fate !== 'accepted' || this.isKnown(message)) return;
    this.#known.push(message);
    if (this.#known.length > KEPT) this.#known.shift();
  }

  #poison(): Message | undefined {
    const message = poisonMessage(this.#org());
    // Neither may poison of a neighbour lie in the quiet one: it would need a segment.
    return message.partition === QUIET_PARTITION ? undefined : message;
  }

  #org(): string {
    const isHot = partitionFor(HOT_ORG) === this.#partition && Math.random() < SHARES.hot;
    return isHot ? HOT_ORG : this.#orgs[Math.floor(Math.random() * this.#orgs.length)]!;
  }
}

function partitionFor(org: string): number {
  return partitionOf(org, DEFAULT_PARTITIONS);
}
