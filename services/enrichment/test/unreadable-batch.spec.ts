import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { LIMITS, partitionOf } from '@auditorium/events';
import { readPartition } from '@auditorium/kafka';
import { sendRecords, type Codec, type SentRecord } from '@auditorium/testing/kafka';
import { afterAll, expect, it } from 'vitest';
import { Bench, PARTITIONS, stop } from './harness.ts';
import { lineOf } from './raw-records.ts';

const ORG = 'org_acme';
const PLACE = partitionOf(ORG, PARTITIONS);
afterAll(() => Bench.closeAll());

const good = (id: string): SentRecord => ({ key: Buffer.from(ORG), value: lineOf(ORG, id) });
const tiny = (count: number): SentRecord[] =>
  Array.from({ length: count }, () => ({ key: null, value: null }));

/** Sends to the org's partition; `good` events go in the same way, each in a batch of its own. */
async function send(bench: Bench, records: SentRecord[], codec: Codec = 'none'): Promise<void> {
  await sendRecords({ brokers: bench.brokers, topic: bench.topics.raw, partition: PLACE }, records, codec);
}

/** What the batch that ends at `last` holds, as it lies in raw. */
async function packedAt(bench: Bench, last: number): Promise<Buffer> {
  const place = { brokers: bench.brokers, topic: bench.topics.raw, partition: PLACE, from: last };
  for await (const batch of readPartition({ ...place, takeUnreadable: true }))
    return batch.messages[0]!.value!;
  throw new Error('nothing there');
}

it('gives a record batch that nobody should unpack one verdict, and its neighbours theirs', async () => {
  const bench = await Bench.create();
  await send(bench, [good('before')]);
  const most = Buffer.alloc(LIMITS.batchBytes);
  await send(bench, [good('lost in it'), { key: null, value: most }], 'zstd'); // 1, 2
  await send(bench, [good('between')]); // 3
  await send(bench, tiny(300_000), 'gzip'); // 4 to 300,003
  await send(bench, [good('after')]);
  const enrichment = await bench.start();
  const { taken, gaps, repeats } = await bench.until(await bench.rawEnds());
  expect({ gaps, repeats }).toEqual({ gaps: 0, repeats: 0 });
  expect(
    taken.map(({ verdict, code, id, rawFrom, rawOffset }) => [code ?? verdict, id, rawFrom, rawOffset]),
  ).toEqual([
    ['accepted', 'before', 0, 0],
    ['batch-unreadable', undefined, 1, 2],
    ['accepted', 'between', 3, 3],
    ['batch-unreadable', undefined, 4, 300_003],
    ['accepted', 'after', 300_004, 300_004],
  ]);
  for (const found of [taken[1]!, taken[3]!]) {
    const packed = await packedAt(bench, found.rawOffset);
    expect(found).toMatchObject({
      key: null,
      length: packed.length,
      digest: createHash('sha256').update(packed).digest('hex'),
    });
    expect(found.value!.equals(packed.subarray(0, LIMITS.keptBytes))).toBe(true);
  }
  enrichment.ready();
});

it('goes on behind such a batch after any death, with the same verdicts as one who read all in one go', async () => {
  const bench = await Bench.create();
  await send(bench, [good('before')]);
  await send(bench, tiny(LIMITS.batchRecords + 1), 'zstd');
  const child = bench.spawn('enrichment.after-send');
  await once(child, 'exit');
  // Resuming makes sure that raw still holds, at the last verdict, what the verdict is on: the whole batch.
  const first = await bench.start();
  await bench.until(await bench.rawEnds());
  await stop(first);
  const second = await bench.start();
  await send(bench, [good('after')]);
  const { taken, gaps } = await bench.until(await bench.rawEnds());
  expect(gaps).toBe(0);
  const decided = await bench.decided();
  expect(taken.map(({ code, rawOffset, digest }) => [code, rawOffset, digest.slice(0, 32)])).toEqual(
    decided.map(({ code, rawOffset, digest }) => [code, rawOffset, digest.slice(0, 32)]),
  );
  expect(taken.map(({ code }) => code)).toEqual([undefined, 'batch-unreadable', undefined]);
  second.ready();
});
