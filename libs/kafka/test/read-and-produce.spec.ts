import { type AuditoriumError, topicRequirements, topicsOf } from '@auditorium/events';
import { topicPrefix } from '@auditorium/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ensureTopics,
  followTopic,
  logOffsets,
  missingOffsets,
  readPartition,
  MAX_SEND_BYTES,
} from '../src/index.ts';
import { createTopic, say, Seen, sendAs, text, until, type TestTopic } from './kafka-topic.ts';

let test: TestTopic | undefined;
const open = async (...args: Parameters<typeof createTopic>): Promise<TestTopic> =>
  (test = await createTopic(...args));
afterEach(async () => {
  await test?.close();
  test = undefined;
});

async function readAll({ brokers, topic }: TestTopic, from = 0, partition = 0, to?: number): Promise<Seen> {
  const seen = new Seen();
  for await (const batch of readPartition({ brokers, topic, partition, from, to })) {
    expect(missingOffsets(batch)).toEqual([]);
    seen.add(batch);
  }
  return seen;
}

describe('producing', () => {
  it('keeps the order of sends to a partition that were handed over at once, and tells where each begins', async () => {
    const t = await open(3);
    const sends = Array.from({ length: 60 }, (_, index) => index);
    const bases = await Promise.all(
      sends.map((index) => t.producer.send(t.topic, index % 3, [say(`${index}a`), say(`${index}b`)])),
    );
    expect(bases.map(({ baseOffset }) => baseOffset)).toEqual(
      sends.map((index) => Math.floor(index / 3) * 2),
    );
    for (const partition of [0, 1, 2]) {
      const expected = sends
        .filter((index) => index % 3 === partition)
        .flatMap((index) => [`${index}a`, `${index}b`]);
      expect((await readAll(t, 0, partition)).texts).toEqual(expected);
    }
  });

  it('carries keys, headers and absent bodies as they are', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, [
      { key: 'org', value: null, headers: { verdict: 'repeat', 'raw-offset': '7' } },
      { key: null, value: Buffer.from([0, 255]) },
    ]);
    const [first, second] = (await readAll(t)).messages;
    expect(first).toMatchObject({ key: Buffer.from('org'), value: null });
    expect(String(first?.headers['raw-offset'])).toBe('7');
    expect(second).toMatchObject({ key: null, value: Buffer.from([0, 255]) });
  });

  it('refuses a partition that does not exist, and then everything for it until reset', async () => {
    const t = await open(2);
    await expect(t.producer.send(t.topic, 5, [say('x')])).rejects.toMatchObject({ code: 'topic-settings' });
    await expect(t.producer.send(t.topic, 5, [say('x')])).rejects.toMatchObject({ code: 'producer-failed' });
    await expect(t.producer.send(t.topic, 1, [say('neighbour')])).resolves.toEqual({ baseOffset: 0 });
  });

  it('sends nothing after a failed send, though it was handed over before the failure, until it is reset', async () => {
    const t = await open(1, { 'max.message.bytes': '1000' });
    const results = await Promise.allSettled([
      t.producer.send(t.topic, 0, [say('first')]),
      t.producer.send(t.topic, 0, [say('x'.repeat(5000))]),
      t.producer.send(t.topic, 0, [say('must not overtake')]),
    ]);
    expect(
      results.map((result) =>
        result.status === 'rejected' ? (result.reason as AuditoriumError).code : 'sent',
      ),
    ).toEqual(['sent', 'produce-rejected', 'producer-failed']);
    t.producer.reset(t.topic, 0);
    await expect(t.producer.send(t.topic, 0, [say('second')])).resolves.toEqual({ baseOffset: 1 });
    expect((await readAll(t)).texts).toEqual(['first', 'second']);
  });

  it('refuses a send larger than a record batch may be without failing the partition', async () => {
    const t = await open();
    const large = { key: null, value: Buffer.alloc(MAX_SEND_BYTES) };
    await expect(t.producer.send(t.topic, 0, [large])).rejects.toMatchObject({ code: 'produce-rejected' });
    await expect(t.producer.send(t.topic, 0, [say('fits')])).resolves.toEqual({ baseOffset: 0 });
  });
});

describe('reading a partition without a group', () => {
  it('shows control and aborted records as holes, wherever the reading starts', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, [say('a')]); // 0
    await t.transaction(['b', 'c'], 'commit'); // 1 2, marker 3
    await t.transaction(['lost', 'lost'], 'abort'); // 4 5, marker 6
    await t.producer.send(t.topic, 0, [say('d')]); // 7
    await t.transaction(['lost'], 'abort'); // 8, marker 9
    for (let from = 0; from <= 10; from += 1) {
      const seen = await readAll(t, from);
      expect(seen.messages.map(({ offset }) => offset)).toEqual(
        [0, 1, 2, 7].filter((offset) => offset >= from),
      );
      expect(seen.holeOffsets).toEqual([3, 4, 5, 6, 8, 9].filter((offset) => offset >= from));
    }
  });

  it('ends where the log ended when it was called, and stops exactly at a given offset', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, ['a', 'b', 'c', 'd'].map(say));
    expect((await readAll(t, 1, 0, 3)).texts).toEqual(['b', 'c']);
    expect((await readAll(t, 4)).texts).toEqual([]);
    expect(await logOffsets(t.brokers, t.topic)).toEqual(new Map([[0, { start: 0, end: 4 }]]));
  });

  it('refuses a position before the log start and one beyond its end', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, ['a', 'b', 'c'].map(say));
    await t.cutBefore(2);
    await expect(readAll(t, 1)).rejects.toMatchObject({ code: 'position-out-of-range' });
    await expect(readAll(t, 4)).rejects.toMatchObject({ code: 'position-out-of-range' });
    expect((await readAll(t, 2)).texts).toEqual(['c']);
  });

  it('tells the append time of the broker', async () => {
    const t = await open();
    const before = Date.now();
    await t.producer.send(t.topic, 0, [say('a')]);
    const [message] = (await readAll(t)).messages;
    expect(Math.abs((message?.timestamp ?? 0) - before)).toBeLessThan(60_000);
  });
});

describe('codecs', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reads %s', async (compression) => {
    const t = await open();
    await sendAs(
      t,
      compression,
      ['packed', 'twice'].map((value) => Buffer.from(value)),
    );
    expect((await readAll(t)).texts).toEqual(['packed', 'twice']);
  });
});

describe('following a compacted topic', () => {
  it('hands over all that was there, then what comes, in order', async () => {
    const t = await open(2, { 'cleanup.policy': 'compact' });
    await t.producer.send(t.topic, 0, [say('a')]);
    await t.producer.send(t.topic, 1, [say('b')]);
    const heard: string[] = [];
    const following = await followTopic({
      brokers: t.brokers,
      topic: t.topic,
      onMessage: (message, partition) => void heard.push(`${partition}:${text(message)}`),
    });
    await following.caughtUp;
    expect(heard.toSorted()).toEqual(['0:a', '1:b']);
    await t.producer.send(t.topic, 1, [say('c')]);
    await until(() => heard.includes('1:c'));
    await following.close();
  });

  it('says when the receiver cannot take a message, instead of going on without it', async () => {
    const t = await open();
    await t.producer.send(t.topic, 0, [say('a')]);
    const following = await followTopic({
      brokers: t.brokers,
      topic: t.topic,
      onMessage: () => {
        throw new Error('unreadable');
      },
    });
    await expect(following.caughtUp).rejects.toThrow('unreadable');
    await expect(following.ended).rejects.toThrow('unreadable');
  });
});

describe('topics at start', () => {
  it('are created once, by two services at the same moment, and then found to be right', async () => {
    const t = await open();
    const requirements = topicRequirements(topicsOf(topicPrefix()), { replication: 1, partitions: 2 });
    const ensure = (): Promise<void> => ensureTopics({ brokers: t.brokers, requirements, create: true });
    await Promise.all([ensure(), ensure()]);
    await ensureTopics({ brokers: t.brokers, requirements, create: false });
  });

  it('that are absent or set otherwise are named, all of them', async () => {
    const t = await open(3, { 'message.timestamp.type': 'CreateTime' });
    const [raw] = topicRequirements(topicsOf(topicPrefix()), { replication: 1, partitions: 2 });
    const requirements = [{ ...raw!, topic: t.topic }, raw!];
    const problem = await ensureTopics({ brokers: t.brokers, requirements, create: false }).catch(
      (error: unknown) => error,
    );
    expect(problem).toMatchObject({ code: 'topic-settings' });
    const { message } = problem as Error;
    expect(message).toContain('does not exist');
    expect(message).toContain('3 partitions instead of 2');
    expect(message).toContain('message.timestamp.type');
  });
});
