import { partitionOf, rawHeadersOf } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import { emitEvent } from '../../../libs/sdk/src/emit-event.ts';
import { createImporterProducer } from '../../../libs/sdk/src/importer-producer.ts';
import { recordEvent } from '../../../libs/sdk/src/record-event.ts';
import { sendInTransaction, simProducer } from '../kafka/sim-producer.ts';
import { SimPool, type SimClient } from '../postgres/sim-pool.ts';
import { eventOf, poisonOf } from './bodies.ts';
import type { Sent } from './sent.ts';
import { OUTBOX_SCHEMA, type Stage } from './stage.ts';

/** What gives events to the system, until it has given all of them. */
export class Workload {
  readonly #stage: Stage;
  readonly #orgs: string[];
  readonly #recorded: Sent[] = [];
  /** Longest pause between two events of one producer, ms: a trickle, or bursts that pile up behind a fault. */
  readonly #paceMs: number;
  /** How often a transaction takes long, so that others that began later commit before it. */
  readonly #slowness: number;
  #left = 0;
  #ids = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    const count = 1 + stage.world.random.int(5);
    this.#slowness = stage.world.includes('commits out of order', 0.4) ? 0.7 : 0.1;
    this.#paceMs = stage.world.random.pick([50, 1000, 8000]);
    this.#orgs = Array.from({ length: count }, (_, index) => `org_${'abcdefgh'[index]}`);
  }

  /** Everybody has given what they had. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  /** Committed in the product's database, in the order of the commits. */
  get recorded(): readonly Sent[] {
    return this.#recorded;
  }

  /** The product's database was restored to a moment at which only so many had been committed. */
  forgetRecorded(from: number): void {
    for (const lost of this.#recorded.splice(from)) this.#stage.sent.takeBack(lost);
  }

  start(): void {
    const { random } = this.#stage.world;
    for (const org of this.#orgs) {
      for (let writer = 0; writer <= random.int(2); writer += 1)
        this.#start(`product of ${org} ${writer}`, () => this.#record(org, writer, 2 + random.int(10)));
    }
    if (random.chance(0.7)) this.#start('importer', () => this.#import(random.pick(this.#orgs)));
    if (random.chance(0.7))
      this.#start('emitter', () => this.#emit(random.pick(this.#orgs), 2 + random.int(8)));
    if (this.#stage.world.includes('holes', 0.5))
      this.#start('stranger', () => this.#strange(3 + random.int(6)));
    if (random.chance(0.3)) this.#start('newcomer', () => this.#newcomer());
  }

  /** A few more, after everything was quiet. */
  afterwards(): void {
    for (const org of this.#orgs) this.#start(`product of ${org} again`, () => this.#record(org, 9, 2));
    this.#start('emitter again', () => this.#emit(this.#stage.world.random.pick(this.#orgs), 3));
  }

  #start(name: string, main: () => Promise<void>): void {
    this.#left += 1;
    this.#stage.world.process(name).start(async () => {
      await main();
      this.#left -= 1;
    });
  }

  /** One writer of the product: each of its events is safe before the next begins. */
  async #record(org: string, writer: number, count: number): Promise<void> {
    const { world, product } = this.#stage;
    const pool = new SimPool(product, world.self);
    for (let i = 0; i < count; i += 1) {
      await sleep(world.random.float() * this.#paceMs);
      const event = { ...this.#new(org), line: `${org}/${writer}` };
      this.#stage.sent.add(event);
      await this.#commit(pool, event).catch((error: unknown) =>
        world.log(`product: ${event.id} may be recorded or not: ${String(error)}`),
      );
    }
  }

  async #commit(pool: SimPool, event: Sent): Promise<void> {
    const { world, sent } = this.#stage;
    const client = (await pool.connect()) as SimClient;
    let isBroken = true;
    try {
      await client.query('BEGIN');
      await recordEvent(
        client as never,
        { ...event, action: 'project.renamed', line: event.value },
        OUTBOX_SCHEMA,
      );
      if (world.random.chance(this.#slowness)) await sleep(world.random.float() * 3000);
      if (world.random.chance(0.05)) {
        await client.query('ROLLBACK');
      } else {
        await client.query('COMMIT');
        this.#recorded.push(event);
        sent.acknowledge(event);
      }
      isBroken = false;
    } finally {
      client.release(isBroken);
    }
  }

  /** The same file again and again, until all of it is acknowledged; and now and then once more. */
  async #import(org: string): Promise<void> {
    const { world, kafka, topics, partitions, sent } = this.#stage;
    const outbox = `import/${world.random.int(1000)}`;
    const events = Array.from({ length: 2 + world.random.int(6) }, () => this.#new(org, 'archive'));
    for (const event of events) sent.add(event);
    const numbered = events.map(({ value }, index) => ({ line: value, sequence: index + 1 }));
    for (let times = 1 + world.random.int(2); times > 0;) {
      await sleep(world.random.float() * 20_000);
      const importer = createImporterProducer({
        producer: simProducer(kafka),
        topic: topics.raw,
        partitions,
        org,
        outbox,
      });
      try {
        await importer.sendEvents(numbered);
        times -= 1;
        for (const event of events) sent.acknowledge(event);
      } catch {
        world.log('the import failed and begins again');
      }
    }
  }

  /** A producer without an outbox, which repeats itself, and now and then uses an id for something else. */
  async #emit(org: string, count: number): Promise<void> {
    const { world, kafka, topics, partitions, sent } = this.#stage;
    const emitting = { producer: simProducer(kafka), topic: topics.raw, partitions };
    const events: Sent[] = [];
    for (let i = 0; i < count; i += 1) {
      await sleep(world.random.float() * this.#paceMs);
      const before = events.length === 0 ? undefined : world.random.pick(events);
      const draw = world.random.float();
      const isAgain = before !== undefined && draw < 0.4;
      const event = isAgain ? before : this.#new(org, 'script', draw > 0.9 ? before?.id : undefined);
      events.push(event);
      sent.add(event);
      const { id, value } = event;
      await emitEvent(emitting, { id, org, action: 'project.renamed', line: value }).then(
        () => sent.acknowledge(event),
        () => world.log(`emitter: ${id} may be there or not`),
      );
    }
  }

  /** What should not come: poison, other partitions, transactions of some other client, times to come. */
  async #strange(count: number): Promise<void> {
    const { world, kafka, topics, partitions, sent } = this.#stage;
    const producer = simProducer(kafka);
    for (let i = 0; i < count; i += 1) {
      await sleep(world.random.float() * this.#paceMs);
      const org = world.random.pick(this.#orgs);
      const partition = partitionOf(org, partitions);
      const draw = world.random.float();
      if (draw < 0.4) {
        const messages = Array.from({ length: 1 + world.random.int(3) }, () => this.#new(org, 'bank'));
        const outcome = world.random.chance(0.5) ? 'committed' : 'aborted';
        for (const event of messages) sent.add(event);
        if (outcome === 'committed') for (const event of messages) sent.acknowledge(event);
        const openMs = world.random.float() * 15_000;
        const records = messages.map(({ value }) => ({ key: org, value }));
        sendInTransaction(kafka, { topic: topics.raw, partition }, records, { outcome, openMs });
        continue;
      }
      if (draw < 0.5) {
        await this.#mend(org, partition).catch(() => world.log('the mender gave up'));
        continue;
      }
      const event = this.#oddity(org, draw, partition);
      sent.add(event.sent);
      await producer
        .send(topics.raw, event.partition, [{ key: org, value: event.sent.value, headers: event.headers }])
        .then(() => sent.acknowledge(event.sent))
        .catch(() => producer.reset(topics.raw, event.partition));
    }
  }

  /** A producer that numbers its events, has one rejected, mends it and sends it again under its number. */
  async #mend(org: string, partition: number): Promise<void> {
    const { world, kafka, topics, sent } = this.#stage;
    const sequence = ++this.#ids;
    const headers = rawHeadersOf({ outbox: 'mender/0', sequence });
    const producer = simProducer(kafka);
    for (const event of [poisonOf(world, org, `e${sequence}`), this.#new(org, 'mender')]) {
      sent.add(event);
      await producer.send(topics.raw, partition, [{ key: org, value: event.value, headers }]);
      sent.acknowledge(event);
    }
  }

  #oddity(
    org: string,
    draw: number,
    partition: number,
  ): { sent: Sent; partition: number; headers?: Record<string, string> } {
    const { world, partitions } = this.#stage;
    const id = `odd-${this.#ids++}`;
    if (draw < 0.58 && partitions > 1) {
      const defect = 'wrong-partition';
      return { sent: { ...this.#new(org), defect }, partition: (partition + 1) % partitions };
    }
    if (draw < 0.65) {
      const headers = rawHeadersOf({ outbox: '', sequence: 1 });
      return { sent: { ...this.#new(org), defect: 'outbox-invalid' }, partition, headers };
    }
    if (draw < 0.8) {
      const ahead = 86_400_000 + (world.random.float() - 0.5) * 10_000;
      return { sent: eventOf(org, id, world.now() + Math.round(ahead), 'to come'), partition };
    }
    return { sent: poisonOf(world, org, id), partition };
  }

  async #newcomer(): Promise<void> {
    await sleep(20_000);
    await this.#record('org_new', 0, 3);
  }

  #new(org: string, source = 'shop', id = `e${this.#ids++}`): Sent {
    const { world } = this.#stage;
    const note = `${this.#ids} ${'x'.repeat(world.random.int(300))}`;
    return eventOf(org, id, world.now() - world.random.int(5000), note, source);
  }
}
