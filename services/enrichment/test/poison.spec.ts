import { createHash } from 'node:crypto';
import { LIMITS, partitionOf } from '@auditorium/events';
import { readPartition } from '@auditorium/kafka';
import { sendPoison, sendRecords } from '@auditorium/testing/kafka';
import { afterAll, expect, it } from 'vitest';
import { Bench, PARTITIONS } from './harness.ts';
import { lineOf } from './raw-records.ts';

const ORG = 'org_acme';
const PLACE = partitionOf(ORG, PARTITIONS);
const SEED = Number(process.env['POISON_SEED'] ?? 7);
const GENERATED = 300;
const strangers = Array.from({ length: 20 }, (_, index) => `stranger-${index}`).filter(
  (org) => partitionOf(org, PARTITIONS) !== PLACE,
);
afterAll(() => Bench.closeAll());

/** The whole of a raw partition as a reader sees it, whose unreadable batches are one message each. */
async function rawOf(bench: Bench): Promise<Map<number, Buffer | null>> {
  const values = new Map<number, Buffer | null>();
  const place = { brokers: bench.brokers, topic: bench.topics.raw, partition: PLACE, from: 0 };
  for await (const { messages } of readPartition({ ...place, takeUnreadable: true }))
    for (const { offset, value } of messages) values.set(offset, value);
  return values;
}

it(`hostile records stop nobody: each is rejected once with its reason, good ones among them arrive (seed ${SEED})`, async () => {
  const bench = await Bench.create();
  const enrichment = await bench.start();
  const to = { brokers: bench.brokers, topic: bench.topics.raw, partition: PLACE };
  const place = { org: ORG, strangers, now: Date.now() };
  const expected = await sendPoison(to, place, { seed: SEED, generated: GENERATED });
  for (const org of strangers) {
    const partition = partitionOf(org, PARTITIONS);
    await sendRecords({ ...to, partition }, [{ key: Buffer.from(org), value: lineOf(org, 'elsewhere') }]);
  }
  const ends = (await bench.rawEnds()).map((end, partition) =>
    partition === PLACE ? expected.at(-1)!.offset : end,
  );
  const { taken, gaps, repeats } = await bench.until(ends, 200_000);

  const found = taken.filter(({ partition }) => partition === PLACE);
  expect({ gaps, repeats }).toEqual({ gaps: 0, repeats: 0 });
  expect(found.map(({ rawOffset, code, verdict }) => `${rawOffset} ${code ?? verdict}`)).toEqual(
    expected.map(({ offset, verdict }) => `${offset} ${verdict}`),
  );
  const raw = await rawOf(bench);
  for (const [index, { offset, name, key, verdict }] of expected.entries()) {
    const { value, key: foundKey, digest, length } = found[index]!;
    const sent = raw.get(offset) ?? Buffer.alloc(0);
    expect(foundKey, name).toEqual(key?.subarray(0, LIMITS.keptKeyBytes) ?? null);
    if (verdict === 'repeat') expect(value, name).toBeNull();
    else if (verdict === 'accepted') {
      // Byte for byte what was sent, up to the brace that enrichment's attributes are put in before.
      expect(value!.subarray(0, sent.length - 1).equals(sent.subarray(0, -1)), name).toBe(true);
    } else {
      expect(value!.equals(sent.subarray(0, LIMITS.keptBytes)), name).toBe(true);
      expect({ digest, length }, name).toEqual({
        digest: createHash('sha256').update(sent).digest('hex'),
        length: sent.length,
      });
    }
  }
  expect(
    taken.filter(({ partition, verdict }) => partition !== PLACE && verdict === 'accepted'),
  ).toHaveLength(strangers.length);
  enrichment.ready();
}, 300_000);
