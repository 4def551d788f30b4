import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LIMITS } from '@auditorium/events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  isBehindLog,
  consumeTopic,
  KafkaBatchServer,
  readPartition,
  missingOffsets,
  silentLog,
  type Consumption,
  type FetchedBatch,
  type KafkaLog,
  type PartitionSource,
} from '../src/index.ts';
import { createTopic, say, Seen, sendAs, text, until, type TestTopic } from './kafka-topic.ts';

let test: TestTopic | undefined;
const running: Consumption[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumption) => consumption.close()));
  await test?.close();
  test = undefined;
});
const open = async (...args: Parameters<typeof createTopic>): Promise<TestTopic> =>
  (test = await createTopic(...args));

interface Service {
  readonly seen: Map<number, Seen>;
  readonly opened: number[];
  readonly closed: string[];
  readonly fatal: unknown[];
  readonly consumption: Consumption;
}

interface Behaviour {
  readonly checkpoints?: Map<number, number>;
  readonly take?: (batch: FetchedBatch) => Promise<void> | void;
  readonly group?: string;
  readonly log?: KafkaLog;
  readonly takeUnreadable?: boolean;
}

/** A service that keeps its checkpoints in a map, with compare-and-swap, as ours do in PostgreSQL. */
async function consume(
  t: TestTopic,
  { checkpoints = new Map(), take, group = 'g', log = silentLog, takeUnreadable = false }: Behaviour = {},
): Promise<Service> {
  const seen = new Map<number, Seen>();
  const opened: number[] = [];
  const closed: string[] = [];
  const fatal: unknown[] = [];
  const source: PartitionSource = {
    open: (partition) => {
      opened.push(partition);
      const next = checkpoints.get(partition) ?? 0;
      const task = {
        take: async (batch: FetchedBatch) => {
          await take?.(batch);
          if ((checkpoints.get(partition) ?? 0) !== batch.from) throw new Error('fenced');
          checkpoints.set(partition, batch.next);
          const all = seen.get(partition) ?? new Seen();
          seen.set(partition, all);
          all.add(batch);
        },
        close: (reason: string) => {
          closed.push(`${partition} ${reason}`);
          return Promise.resolve();
        },
      };
      return Promise.resolve({ next, task });
    },
  };
  const consumption = await consumeTopic({
    brokers: t.brokers,
    clientId: 'test',
    groupId: `${t.topic}-${group}`,
    topic: t.topic,
    source,
    log,
    takeUnreadable,
    onFatal: (error) => fatal.push(error),
  });
  running.push(consumption);
  return { seen, opened, closed, fatal, consumption };
}

/** Records as small as they get. */
const tiny = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.from('1'));

const textsOf = (service: Service, partition = 0): string[] => service.seen.get(partition)?.texts ?? [];

describe('consuming from own checkpoints', () => {
  it('delivers each partition in order from its checkpoint, and commits nothing to Kafka', async () => {
    const t = await open(2);
    await t.producer.send(t.topic, 0, ['a', 'b', 'c'].map(say));
    await t.producer.send(t.topic, 1, ['x', 'y'].map(say));
    const service = await consume(t, { checkpoints: new Map([[0, 1]]) });
    await until(() => textsOf(service).length === 2 && textsOf(service, 1).length === 2);
    await t.producer.send(t.topic, 0, [say('d')]);
    await until(() => textsOf(service).length === 3);
    expect(textsOf(service)).toEqual(['b', 'c', 'd']);
    expect(textsOf(service, 1)).toEqual(['x', 'y']);
    const [offsets] = await t.admin.fetchOffsets({ groupId: `${t.topic}-g`, topics: [t.topic] });
    expect(offsets?.partitions.every(({ offset }) => offset === '-1')).toBe(true);
  });

  it('accounts for every offset around commits and aborts, also where a fetch holds nothing but a hole', async () => {
    const t = await open();
    const service = await consume(t);
    await t.producer.send(t.topic, 0, [say('a')]);
    await until(() => textsOf(service).length === 1);
    await t.transaction(['lost', 'lost'], 'abort');
    await until(() => service.seen.get(0)!.holeOffsets.length === 3);
    await t.transaction(['b'], 'commit');
    await t.transaction(['lost'], 'abort');
    await t.producer.send(t.topic, 0, [say('c')]);
    await until(() => textsOf(service).length === 3);
    const seen = service.seen.get(0)!;
    expect(seen.texts).toEqual(['a', 'b', 'c']);
    expect(seen.messages.map(({ offset }) => offset)).toEqual([0, 4, 8]);
    expect(seen.holeOffsets).toEqual([1, 2, 3, 5, 6, 7]);
  });

  it('takes a whole backlog of a transactional producer without a gap', async () => {
    const t = await open();
    await t.transaction(['a', 'b'], 'commit');
    await t.transaction(['lost'], 'abort');
    await t.producer.send(t.topic, 0, [say('c')]);
    const service = await consume(t, { take: (batch) => expect(missingOffsets(batch)).toEqual([]) });
    await until(() => textsOf(service).length === 3);
    expect(service.seen.get(0)!.holeOffsets).toEqual([2, 3, 4]);
  });

  it('stops fatally, and does not reset, at a checkpoint beyond the log or before it', async () => {
    const t = await open(2);
    await t.producer.send(t.topic, 0, ['a', 'b', 'c'].map(say));
    await t.cutBefore(2);
    const service = await consume(t, {
      checkpoints: new Map([
        [0, 1],
        [1, 9],
      ]),
    });
    await until(() => service.fatal.length === 2);
    expect(service.fatal).toEqual([
      expect.objectContaining({ code: 'position-out-of-range' }),
      expect.objectContaining({ code: 'position-out-of-range' }),
    ]);
    expect(service.seen.size).toBe(0);
  });

  it('goes on with a stopped partition once somebody has mended it and asks for it', async () => {
    const t = await open(2);
    await t.producer.send(t.topic, 0, ['a', 'b', 'c'].map(say));
    await t.cutBefore(2);
    const checkpoints = new Map([[0, 1]]);
    const service = await consume(t, { checkpoints });
    await until(() => service.fatal.length === 1);
    expect(service.consumption.stopped()).toMatchObject([
      { partition: 0, error: { code: 'position-out-of-range' } },
    ]);
    expect(isBehindLog(service.fatal[0])).toBe(true);
    checkpoints.set(0, 2);
    service.consumption.reopen(0);
    await until(() => textsOf(service).length === 1);
    expect(textsOf(service)).toEqual(['c']);
    expect(service.consumption.stopped()).toEqual([]);
  });

  it('stops fatally when the log is cut away under a partition that waits', async () => {
    const t = await open();
    const service = await consume(t, { take: () => new Promise(() => {}), checkpoints: new Map() });
    const idle = await consume(t, { group: 'idle' });
    await t.producer.send(t.topic, 0, ['a', 'b'].map(say));
    await until(() => textsOf(idle).length === 2);
    await t.admin.deleteTopics({ topics: [t.topic] });
    await until(async () => !(await t.admin.listTopics()).includes(t.topic));
    await t.admin.createTopics({ topics: [{ topic: t.topic, numPartitions: 1 }] });
    await until(() => idle.fatal.length === 1);
    expect(idle.fatal[0]).toMatchObject({ code: 'position-out-of-range' });
    expect(service.seen.size).toBe(0);
  });

  it('says so when a partition stands still behind a transaction that nobody ends', async () => {
    const t = await open();
    const transactional = t.kafka.producer({
      transactionalId: `${t.topic}-open`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await transactional.connect();
    const transaction = await transactional.transaction();
    await transaction.send({ topic: t.topic, messages: [{ partition: 0, value: 'a' }] });
    await t.producer.send(t.topic, 0, [say('b')]);
    const warnings: object[] = [];
    const service = await consume(t, { log: { ...silentLog, warn: (facts) => warnings.push(facts) } });
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([{ partition: 0, position: 0, logEnd: 2 }]);
    await transaction.commit();
    await transactional.disconnect();
    await until(() => textsOf(service).length === 2);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'hands a %s batch made to blow up on as one message, and goes on behind it',
    async (codec) => {
      const t = await open(2);
      await t.producer.send(t.topic, 0, [say('before')]);
      const bomb = Buffer.alloc((LIMITS.batchBytes * 3) / 4);
      // More than LZ4 and Snappy can pack into the 1 MiB that a topic takes by itself.
      const times = codec === 'snappy' ? 0 : 2;
      if (times > 0)
        await sendAs(
          t,
          codec,
          Array.from({ length: times }, () => bomb),
        );
      else await sendAs(t, codec, tiny(LIMITS.batchRecords + 1));
      await t.producer.send(t.topic, 0, [say('after')]);
      await t.producer.send(t.topic, 1, [say('neighbour')]);
      const service = await consume(t, {
        takeUnreadable: true,
        take: (batch) => expect(missingOffsets(batch)).toEqual([]),
      });
      await until(() => service.seen.get(0)?.messages.length === 3 && textsOf(service, 1).length === 1);
      const [before, unreadable, after] = service.seen.get(0)!.messages;
      expect([text(before!), text(after!)]).toEqual(['before', 'after']);
      expect(unreadable).toMatchObject({ isUnreadable: true, key: null, offset: after!.offset - 1 });
      expect(service.fatal).toEqual([]);
      const read: FetchedBatch[] = [];
      const place = { brokers: t.brokers, topic: t.topic, partition: 0, from: unreadable!.offset };
      for await (const batch of readPartition({ ...place, takeUnreadable: true })) read.push(batch);
      expect(read.flatMap(({ messages }) => messages)).toEqual([unreadable, after]);
      await expect(readPartition(place).next()).rejects.toMatchObject({ code: 'batch-unreadable' });
    },
  );

  it('hands one on that was committed by a transaction, and leaves out one that was aborted', async () => {
    const t = await open();
    const bomb = Buffer.alloc(LIMITS.batchBytes + 1).toString();
    await t.producer.send(t.topic, 0, [say('before')]); // 0
    await t.transaction([bomb], 'abort'); // 1, marker 2
    await t.transaction([bomb], 'commit'); // 3, marker 4
    await t.producer.send(t.topic, 0, [say('after')]); // 5
    const service = await consume(t, { takeUnreadable: true });
    await until(() => service.seen.get(0)?.messages.length === 3);
    const { messages, holeOffsets } = service.seen.get(0)!;
    expect(messages.map(({ offset, isUnreadable = false }) => [offset, isUnreadable])).toEqual([
      [0, false],
      [3, true],
      [5, false],
    ]);
    expect(holeOffsets).toEqual([1, 2, 4]);
  });

  it('stops one partition, and no other, at a batch made to blow up where nobody takes such', async () => {
    const t = await open(2);
    await t.producer.send(t.topic, 0, [say('before')]);
    await sendAs(t, 'zstd', tiny(LIMITS.batchRecords + 1));
    await t.producer.send(t.topic, 1, [say('neighbour')]);
    const service = await consume(t);
    await until(() => service.fatal.length > 0);
    await t.producer.send(t.topic, 1, [say('goes on')]);
    await until(() => textsOf(service, 1).length === 2);
    expect(textsOf(service)).toEqual(['before']);
    expect(service.fatal).toEqual([expect.objectContaining({ code: 'batch-unreadable' })]);
    expect(service.opened.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('takes a fetch full of batches that each unpack to the most that is taken, one after the other', async () => {
    const t = await open();
    const most = Buffer.alloc(LIMITS.batchBytes - 100);
    for (let index = 0; index < 20; index += 1) await sendAs(t, 'zstd', [most]);
    const before = heldBytes();
    const taken = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const service = await consume(t, { take: () => (taken.resolve(), gate.promise) });
    await taken.promise;
    expect(heldBytes() - before).toBeLessThan(1.5 * LIMITS.batchBytes);
    gate.resolve();
    await until(() => service.seen.get(0)?.messages.length === 20);
  });

  it('reads a batch of more records than fit in a call of a function', async () => {
    const t = await open();
    await sendAs(t, 'gzip', tiny(200_000));
    const service = await consume(t);
    await until(() => service.seen.get(0)?.messages.length === 200_000);
    expect(service.fatal).toEqual([]);
  });

  it('opens a partition again after its task failed, from the checkpoint, and leaves its neighbour alone', async () => {
    const t = await open(2);
    let failures = 2;
    const service = await consume(t, {
      take: ({ partition }) => {
        if (partition === 0 && failures-- > 0) throw new Error('database away');
      },
    });
    await t.producer.send(t.topic, 0, ['a', 'b'].map(say));
    await t.producer.send(t.topic, 1, [say('neighbour')]);
    await until(() => textsOf(service).length === 2 && textsOf(service, 1).length === 1);
    expect(textsOf(service)).toEqual(['a', 'b']);
    expect(service.opened.filter((partition) => partition === 0)).toHaveLength(3);
    expect(service.opened.filter((partition) => partition === 1)).toHaveLength(1);
  });
});

describe('a task that works on its own', () => {
  it('is opened again when it fails between two batches', async () => {
    const t = await open();
    const failures = [Promise.withResolvers<Error>(), Promise.withResolvers<Error>()];
    const taken: string[] = [];
    let opened = 0;
    const source: PartitionSource = {
      open: () => {
        const failed = failures[opened]!.promise;
        opened += 1;
        const take = (batch: FetchedBatch): Promise<void> => {
          taken.push(...batch.messages.map(text));
          return Promise.resolve();
        };
        return Promise.resolve({ next: 0, task: { take, failed, close: () => Promise.resolve() } });
      },
    };
    const options = { brokers: t.brokers, clientId: 'test', groupId: t.topic, topic: t.topic, source };
    running.push(await consumeTopic({ ...options, log: silentLog, onFatal: () => {} }));
    await t.producer.send(t.topic, 0, [say('a')]);
    await until(() => taken.length === 1);
    failures[0]!.resolve(new Error('sealing failed'));
    await until(() => taken.length === 2);
    expect(opened).toBe(2);
  });
});

/** Bytes of buffers that something still holds. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

describe('back-pressure', () => {
  it('pauses one partition within bounded memory, keeps the membership and the neighbours going', async () => {
    const t = await open(2);
    const gate = Promise.withResolvers<void>();
    const service = await consume(t, { take: (batch) => (batch.partition === 0 ? gate.promise : undefined) });
    const large = say('x'.repeat(800_000));
    const before = heldBytes();
    for (let index = 0; index < 60; index += 1) await t.producer.send(t.topic, 0, [large]);
    for (let index = 0; index < 40; index += 1) {
      await t.producer.send(t.topic, 1, [say(String(index))]);
      await new Promise((resolve) => setTimeout(resolve, 200)); // longer in all than a session lasts without heartbeats
    }
    await until(() => textsOf(service, 1).length === 40);
    // Of the 48 MB that wait in the log.
    expect(heldBytes() - before).toBeLessThan(20_000_000);
    gate.resolve();
    await until(() => textsOf(service).length === 60);
    expect(service.opened.toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(service.closed).toEqual([]);
  });
});

describe('a group of several', () => {
  it('loses and repeats nothing while members come, go and come again', async () => {
    const t = await open(4);
    const checkpoints = new Map<number, number>();
    const services = [await consume(t, { checkpoints })];
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1, sent += 1)
        await t.producer.send(t.topic, sent % 4, [say(String(sent))]);
    };
    await send(100);
    services.push(await consume(t, { checkpoints }));
    await send(100);
    await services[0]!.consumption.close();
    services.push(await consume(t, { checkpoints }));
    await send(100);
    const taken = (): string[] =>
      services.flatMap(({ seen }) => [...seen.values()].flatMap(({ texts }) => texts));
    await until(() => taken().length >= sent);
    expect(
      taken()
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: sent }, (_, index) => index));
    expect(services[0]!.closed.filter((entry) => entry.endsWith('revoked')).length).toBeGreaterThan(0);
    expect(services[0]!.closed.filter((entry) => entry.endsWith('stopping')).length).toBeGreaterThan(0);
  });
});

describe('the Nest transport', () => {
  it('hands whole batches to the handler, and opens the partition again when the handler fails', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, ['a', 'b'].map(say));
    const taken: string[] = [];
    let next = 0;
    let failures = 1;
    const source: PartitionSource = {
      open: () =>
        Promise.resolve({
          next,
          task: {
            take: (batch) => {
              taken.push(...batch.messages.map(({ value }) => String(value)));
              next = batch.next;
              return Promise.resolve();
            },
            close: () => Promise.resolve(),
          },
        }),
    };
    const server = new KafkaBatchServer({
      brokers: t.brokers,
      clientId: 'test',
      groupId: t.topic,
      topic: t.topic,
      source,
      log: silentLog,
      onFatal: () => {},
    });
    server.addHandler(
      t.topic,
      ((batch: FetchedBatch, { task }: { task: { take(batch: FetchedBatch): Promise<void> } }) => {
        if (failures-- > 0) throw new Error('not yet');
        return task.take(batch);
      }) as never,
      true,
    );
    await new Promise<void>((resolve, reject) =>
      server.listen((error) => (error ? reject(error as Error) : resolve())),
    );
    await until(() => taken.length === 2);
    expect(taken).toEqual(['a', 'b']);
    await server.close();
  });
});
