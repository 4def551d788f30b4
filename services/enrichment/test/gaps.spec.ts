import { encodeEnrichedHeaders, NO_DIGEST, partitionOf, rawHeadersOf } from '@auditorium/events';
import type { Caller } from '@auditorium/http';
import { partitionLogs, readPartition } from '@auditorium/kafka';
import { createPool } from '@auditorium/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { acceptLoss, ACCEPT_POINTS } from '../src/accept-loss.ts';
import { askToRefill } from '../src/ask-refill.ts';
import { readStops } from '../src/postgres/stops.ts';
import type { Enrichment } from '../src/open-enrichment.ts';
import { showStops } from '../src/show-stops.ts';
import { Bench, PARTITIONS, stop } from './harness.ts';
import { lineOf } from './raw-records.ts';
import { cutBefore, madeAnew } from './topic-surgery.ts';

afterAll(() => Bench.closeAll());

const PATIENCE = { timeout: 60_000 };
const org = Array.from({ length: 12 }, (_, i) => `org_${i}`).find((id) => partitionOf(id, PARTITIONS) === 0)!;
const caller: Caller = { actor: { type: 'user', id: 'operator' }, context: {} };

/** An event of our org, numbered as its outbox does. */
const send = (bench: Bench, n: number) =>
  bench.send({
    key: Buffer.from(org),
    value: lineOf(org, `e${n}`),
    headers: rawHeadersOf({ outbox: 'shop/0', sequence: n + 1 }),
  });

async function enriched(bench: Bench, count: number): Promise<void> {
  const enrichment = await bench.start();
  for (let n = 0; n < count; n += 1) await send(bench, n);
  await bench.until([count - 1, -1, -1]);
  await stop(enrichment);
}

async function standsOver(enrichment: Enrichment, code: string): Promise<void> {
  await expect.poll(async () => (await readStops(enrichment.pool))[0]?.code, PATIENCE).toBe(code);
}

const codeOf = (enrichment: Enrichment): string | undefined => {
  try {
    enrichment.ready();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

/** What this service has said in the platform's own log. */
async function audited(bench: Bench): Promise<{ type: string; data: { metadata: object } }[]> {
  const partition = partitionOf('auditorium', PARTITIONS);
  const found = [];
  const [from = 0] = [...(await bench.starts(bench.topics.raw))].slice(partition);
  for await (const batch of readPartition({
    brokers: bench.brokers,
    topic: bench.topics.raw,
    partition,
    from,
  })) {
    for (const { key, value } of batch.messages)
      if (String(key) === 'auditorium') found.push(JSON.parse(String(value)));
  }
  return found;
}

/** Raw expires below offset 7 while the verdicts end at 4 and nobody is there. */
async function expired(bench: Bench): Promise<Enrichment> {
  await enriched(bench, 5);
  for (let n = 5; n < 9; n += 1) await send(bench, n);
  await cutBefore(bench, bench.topics.raw, 7);
  const enrichment = await bench.start();
  await standsOver(enrichment, 'raw-loss');
  return enrichment;
}

describe('raw that has expired before it had a verdict', { timeout: 180_000 }, () => {
  it('stands still, says what is gone, and goes on behind exactly that once it is accepted', async () => {
    const bench = await Bench.create();
    const enrichment = await expired(bench);
    expect(() => enrichment.ready()).toThrow(
      expect.objectContaining({ code: 'raw-loss', facts: expect.objectContaining({ partitions: [0] }) }),
    );
    const { partitions } = await showStops(enrichment.gaps);
    expect(partitions).toMatchObject([{ partition: 0, lost: { from: 5, to: 6 }, waiting: 2 }]);

    const wish = { partition: 0, from: 5, to: 6, reason: 'the disk was full for a week', caller };
    for (const wrong of [{ to: 7 }, { to: 5 }, { from: 4 }, { from: 6 }, { partition: 1 }])
      await expect(acceptLoss(enrichment.gaps, { ...wish, ...wrong })).rejects.toThrow('cannot be accepted');
    expect(await acceptLoss(enrichment.gaps, wish)).toBe(true);
    expect(await acceptLoss(enrichment.gaps, wish)).toBe(false);

    const { taken, gaps } = await bench.until([8, -1, -1]);
    expect(gaps).toBe(0);
    const lost = { verdict: 'rejected', code: 'raw-lost', rawFrom: 5, rawOffset: 6, digest: NO_DIGEST };
    expect(taken.filter(({ partition }) => partition === 0).slice(5)).toMatchObject([
      { ...lost, key: null, value: null },
      { verdict: 'accepted', rawOffset: 7, id: 'e7' },
      { verdict: 'accepted', rawOffset: 8, id: 'e8' },
    ]);
    await expect.poll(() => codeOf(enrichment), PATIENCE).toBeUndefined();
    await expect
      .poll(() => audited(bench), PATIENCE)
      .toMatchObject([
        { type: 'gap.loss-accepted', data: { metadata: { partition: 0, rawfrom: 5, rawto: 6 } } },
      ]);
    expect((await showStops(enrichment.gaps)).losses).toMatchObject([{ from: 5, to: 6, by: 'operator' }]);
    // A restart reads the verdict back, and finds raw to be what it was.
    await stop(enrichment);
    await send(bench, 9);
    await bench.start();
    await bench.until([9, -1, -1]);
  });

  it.each(ACCEPT_POINTS)('killed at %s, the same command again accepts it once', async (point) => {
    const bench = await Bench.create();
    const enrichment = await expired(bench);
    const wish = { partition: 0, from: 5, to: 6, reason: 'gone', caller };
    const dies = {
      ...enrichment.gaps,
      reached: (at: string) => at === point && Promise.reject(new Error(at)),
    };
    await expect(acceptLoss(dies as never, wish)).rejects.toThrow(point);
    await acceptLoss(enrichment.gaps, wish);
    await bench.until([8, -1, -1]);
    await expect.poll(() => audited(bench), PATIENCE).toHaveLength(1);
  });

  it('is taken once when two enrichers carry out the same decision', async () => {
    const bench = await Bench.create();
    const enrichment = await expired(bench);
    await bench.start(undefined, 'another');
    await acceptLoss(enrichment.gaps, { partition: 0, from: 5, to: 6, reason: 'gone', caller });
    for (let n = 9; n < 30; n += 1) await send(bench, n);
    const { taken, gaps } = await bench.until([29, -1, -1]);
    expect(gaps).toBe(0);
    const offsets = taken.filter(({ partition }) => partition === 0).map(({ rawOffset }) => rawOffset);
    expect(offsets).toEqual([0, 1, 2, 3, 4, 6, ...Array.from({ length: 23 }, (_, n) => n + 7)]);
    expect(taken.filter(({ code }) => code !== undefined)).toHaveLength(1);
  });

  it('that expires further after the decision stops again: nothing beyond it was accepted', async () => {
    const bench = await Bench.create();
    const enrichment = await expired(bench);
    await stop(enrichment);
    await acceptLater(bench);
    await cutBefore(bench, bench.topics.raw, 8);
    const again = await bench.start();
    await expect
      .poll(async () => (await showStops(again.gaps)).partitions[0]?.lost, PATIENCE)
      .toEqual({ from: 7, to: 7 });
    await acceptLoss(again.gaps, { partition: 0, from: 7, to: 7, reason: 'more', caller });
    const { taken } = await bench.until([8, -1, -1]);
    expect(taken.filter(({ partition }) => partition === 0).slice(-3)).toMatchObject([
      { rawFrom: 5, rawOffset: 6 },
      { rawFrom: 7, rawOffset: 7 },
      { id: 'e8' },
    ]);
  });
});

/** A decision made while no enricher is there to carry it out. */
async function acceptLater(bench: Bench): Promise<void> {
  const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
  const { brokers, topics } = bench;
  const logs = partitionLogs(brokers);
  const deps = { pool, logs, topics, platformOrg: 'auditorium', reached: () => undefined };
  await acceptLoss(deps, { partition: 0, from: 5, to: 6, reason: 'gone', caller });
  await pool.end();
}

describe('a verdict that enriched has lost', { timeout: 180_000 }, () => {
  it('is given again, as it was, when an operator lets the partition refill', async () => {
    const bench = await Bench.create();
    await enriched(bench, 10);
    const written = (await bench.enriched()).filter(({ partition }) => partition === 0);
    await madeAnew(bench, bench.topics.enriched);
    for (const { offset: _, partition: __, key, value, ...headers } of written) {
      if (headers.rawOffset === 5) continue;
      const message = { key, value, headers: encodeEnrichedHeaders(headers) };
      await bench.producer.send(bench.topics.enriched, 0, [message]);
    }
    const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
    await pool.query(
      'UPDATE enrichment.position SET enriched_next = 9, enriched_end = 9 WHERE partition = 0',
    );
    await pool.end();
    const enrichment = await bench.start();
    await send(bench, 10);
    await expect.poll(async () => (await bench.brokersEnd(bench.topics.enriched))[0], PATIENCE).toBe(10);
    expect((await bench.taken()).last[0]).toBe(4);

    expect(await askToRefill(enrichment.gaps, { partition: 0, from: 5, caller })).toBe(true);
    const { taken } = await bench.until([10, -1, -1]);
    const refilled = taken.filter(({ partition }) => partition === 0);
    expect(refilled.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 11 }, () => 'accepted'));
    expect(refilled.map(({ id }) => id)).toEqual(Array.from({ length: 11 }, (_, n) => `e${n}`));
    await expect
      .poll(async () => (await showStops(enrichment.gaps)).refills, PATIENCE)
      .toMatchObject([{ partition: 0, from: 5, by: 'operator', done: expect.any(Date), rememberedFrom: 0 }]);
    await send(bench, 3);
    const after = await bench.until([11, -1, -1]);
    expect(after.taken.findLast(({ partition }) => partition === 0)).toMatchObject({
      verdict: 'repeat',
      id: 'e3',
    });
  });

  it('behind an expired beginning of enriched goes on from what enriched still holds', async () => {
    const bench = await Bench.create();
    await enriched(bench, 5);
    const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
    await pool.query(
      'UPDATE enrichment.position SET enriched_next = 0, raw_last = -1, raw_digest = NULL, memory = NULL',
    );
    await cutBefore(bench, bench.topics.enriched, 3);
    const enrichment = await bench.start();
    await standsOver(enrichment, 'enriched-gap');
    await send(bench, 5);
    await askToRefill(enrichment.gaps, { partition: 0, from: 5, caller });
    await expect.poll(async () => (await bench.brokersEnd(bench.topics.enriched))[0], PATIENCE).toBe(6);
    await send(bench, 4);
    await expect.poll(async () => (await bench.brokersEnd(bench.topics.enriched))[0], PATIENCE).toBe(7);
    const last = [];
    const { brokers, topics } = bench;
    for await (const batch of readPartition({ brokers, topic: topics.enriched, partition: 0, from: 5 }))
      last.push(...batch.messages.map(({ headers }) => `${headers['raw-offset']} ${headers['verdict']}`));
    expect(last).toEqual(['5 accepted', '6 repeat']);
    expect((await showStops(enrichment.gaps)).refills).toMatchObject([{ rememberedFrom: 3 }]);
    await pool.end();
  });
});
