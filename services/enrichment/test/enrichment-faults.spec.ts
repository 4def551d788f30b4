import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf, rawHeadersOf } from '@auditorium/events';
import { createPool } from '@auditorium/postgres';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { ENRICH_POINTS } from '../src/enrich-batch.ts';
import { readPosition } from '../src/postgres/positions.ts';
import { RESUME_POINTS } from '../src/resume-partition.ts';
import { SAVE_POINTS } from '../src/save-position.ts';
import { Bench, PARTITIONS, stop, type Found } from './harness.ts';
import { lineOf } from './raw-records.ts';
import { cutBefore, madeAnew } from './topic-surgery.ts';

afterAll(() => Bench.closeAll());

/** Six processes at once, on a machine that may be busy with other tests. */
const PATIENCE_MS = 150_000;

const ORGS = Array.from({ length: 12 }, (_, i) => `org_${i}`);

/** Produces steadily: numbered events of many orgs, every seventh of them twice, some of them bad. */
async function produce(bench: Bench, from: number, to: number): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (let i = from; i < to; i += 1) {
    const org = ORGS[i % ORGS.length]!;
    const key = Buffer.from(org);
    const value = i % 11 === 0 ? Buffer.from('broken') : lineOf(org, `e${i}`);
    const headers = i % 3 === 0 ? {} : rawHeadersOf({ outbox: `shop/${i % 2}`, sequence: i });
    sent.push(bench.send({ key, value, headers }));
    if (i % 7 === 0) sent.push(bench.send({ key, value, headers }));
  }
  await Promise.all(sent);
}

/** Verdicts, to be compared. */
function outcomes(
  taken: readonly Pick<Found, 'partition' | 'rawOffset' | 'verdict' | 'code' | 'id'>[],
): string[] {
  return taken.map(
    ({ partition, rawOffset, verdict, code, id }) =>
      `${partition}/${rawOffset} ${code ?? verdict} ${id ?? ''}`,
  );
}

async function expectEverythingOnce(bench: Bench): Promise<Found[]> {
  const ends = await bench.rawEnds();
  const { taken, gaps } = await bench.until(ends, PATIENCE_MS);
  expect(gaps).toBe(0);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const offsets = taken.filter((found) => found.partition === partition).map(({ rawOffset }) => rawOffset);
    expect(offsets).toEqual(Array.from({ length: ends[partition]! + 1 }, (_, offset) => offset));
  }
  return taken;
}

describe.concurrent('an enrichment that is killed', { timeout: 2 * PATIENCE_MS }, () => {
  const points = [...ENRICH_POINTS, ...SAVE_POINTS, ...RESUME_POINTS];
  it.each(points)(
    'Beyond 1 at %s: every raw record has its verdict once, in order, as if nothing had happened',
    async (point) => {
      const bench = await Bench.create();
      await produce(bench, 0, 60);
      const first = bench.spawn(point, point.endsWith('-send') ? 7 : 2);
      const killed = once(first, 'exit');
      let produced = 60;
      if (point.endsWith('-save')) {
        // Positions are saved with a partition's first batch and when it stops: it may die before all had their turn.
        await Promise.race([bench.until(await bench.rawEnds(), PATIENCE_MS), killed]);
        first.kill('SIGTERM');
      }
      while (first.signalCode === null && first.exitCode === null) {
        await produce(bench, produced, produced + 10);
        produced += 10;
      }
      expect((await killed)[1]).toBe('SIGKILL');
      bench.spawn();
      await produce(bench, produced, produced + 60);
      const taken = await expectEverythingOnce(bench);
      expect(outcomes(taken)).toEqual(outcomes(await bench.decided()));
    },
  );
});

describe('two enrichments that both believe a partition is theirs', () => {
  it('invariant 5 repeat each other, and whoever reads enriched takes everything once', async () => {
    const bench = await Bench.create();
    await Promise.all([bench.start(undefined, 'one'), bench.start(undefined, 'two')]);
    await produce(bench, 0, 400);
    const taken = await expectEverythingOnce(bench);
    const { repeats } = await bench.taken();
    expect(repeats).toBeGreaterThan(0);
    const verdicts = new Map(taken.map((found) => [`${found.partition}/${found.rawOffset}`, found]));
    for (const { partition, rawOffset, verdict, code } of await bench.enriched()) {
      expect(verdicts.get(`${partition}/${rawOffset}`)).toMatchObject({ verdict, ...(code && { code }) });
    }
  });
});

describe('without PostgreSQL', () => {
  it('verdicts go on; positions are saved again once it is back', async () => {
    const bench = await Bench.create();
    const enrichment = await bench.start();
    await produce(bench, 0, 30);
    await expectEverythingOnce(bench);
    const { pathname } = new URL(bench.databaseUrl);
    const name = pathname.slice(1);
    const admin = new pg.Client({ connectionString: bench.databaseUrl.replace(pathname, '/postgres') });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await produce(bench, 30, 60);
    await expectEverythingOnce(bench);
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await admin.end();
    await stop(enrichment);
    const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
    const ends = await bench.rawEnds();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect((await readPosition(pool, partition)).rawLast).toBe(ends[partition]);
    }
    await pool.end();
  });
});

describe('topics that are not what they were', () => {
  const org = ORGS.find((id) => partitionOf(id, PARTITIONS) === 0)!;
  const send = (bench: Bench, id: string) => bench.send({ key: Buffer.from(org), value: lineOf(org, id) });
  /** Five events with verdicts; then the enrichment stops. */
  async function enrichedFive(bench: Bench): Promise<void> {
    const enrichment = await bench.start();
    for (let i = 0; i < 5; i += 1) await send(bench, `e${i}`);
    await bench.until([4, -1, -1]);
    await stop(enrichment);
  }

  async function codeAtStart(bench: Bench): Promise<string | undefined> {
    const enrichment = await bench.start();
    const failed = (): string | undefined => {
      try {
        enrichment.ready();
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    await expect.poll(failed, { timeout: 20_000 }).toBeDefined();
    return failed();
  }

  it('raw made anew and shorter: it stops and writes nothing', async () => {
    const bench = await Bench.create();
    await enrichedFive(bench);
    await madeAnew(bench, bench.topics.raw);
    await send(bench, 'x0');
    expect(await codeAtStart(bench)).toBe('resume-mismatch');
    expect((await bench.taken()).taken).toHaveLength(5);
  });

  it('raw made anew and grown past the last verdict: the record there is another one, so it stops', async () => {
    const bench = await Bench.create();
    await enrichedFive(bench);
    await madeAnew(bench, bench.topics.raw);
    for (let i = 0; i < 8; i += 1) await send(bench, `x${i}`);
    expect(await codeAtStart(bench)).toBe('resume-mismatch');
    expect((await bench.taken()).taken).toHaveLength(5);
  });

  it('enriched made anew: what was acknowledged is gone, so it stops', async () => {
    const bench = await Bench.create();
    await enrichedFive(bench);
    await madeAnew(bench, bench.topics.enriched);
    expect(await codeAtStart(bench)).toBe('resume-mismatch');
  });

  it('raw deleted before its records had a verdict: it stops, because they are lost', async () => {
    const bench = await Bench.create();
    await enrichedFive(bench);
    for (let i = 5; i < 9; i += 1) await send(bench, `e${i}`);
    await cutBefore(bench, bench.topics.raw, 7);
    expect(await codeAtStart(bench)).toBe('raw-loss');
  });

  it('raw deleted up to the last verdict is what retention does: it goes on', async () => {
    const bench = await Bench.create();
    await enrichedFive(bench);
    await cutBefore(bench, bench.topics.raw, 5);
    await cutBefore(bench, bench.topics.enriched, 5);
    await send(bench, 'e2');
    await bench.start();
    await expect
      .poll(async () => (await bench.brokersEnd(bench.topics.enriched))[0], { timeout: 20_000 })
      .toBe(6);
  });

  it('raw deleted up to the end of a transaction behind the last verdict: nothing is lost, it goes on', async () => {
    const bench = await Bench.create();
    const enrichment = await bench.start();
    const { brokers, topics } = bench;
    const producer = new kafkajs.Kafka({
      clientId: 'tx',
      brokers,
      logLevel: kafkajs.logLevel.NOTHING,
    }).producer({
      transactionalId: `${topics.raw}-tx`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const message = { key: org, value: lineOf(org, 'e0'), partition: 0 };
    await transaction.send({ topic: topics.raw, messages: [message] });
    await transaction.commit();
    await producer.disconnect();
    await bench.until([0, -1, -1]);
    await sleep(1000);
    await stop(enrichment);
    await send(bench, 'e1');
    await cutBefore(bench, topics.raw, 2);
    await bench.start();
    const { taken } = await bench.until([2, -1, -1]);
    expect(taken.at(-1)).toMatchObject({ verdict: 'accepted', id: 'e1', rawFrom: 1, rawOffset: 2 });
  });

  it('a quiet partition is saved before enriched expires, also when nobody keeps it for long', async () => {
    const bench = await Bench.create();
    const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
    const saved = async (): Promise<number> => (await readPosition(pool, 0)).rawLast;
    const first = await bench.start();
    await send(bench, 'e0');
    await expect.poll(saved, { timeout: 20_000 }).toBe(0);
    await stop(first);
    await pool.query(`UPDATE enrichment.position SET saved_at = now() - interval '7 hours'`);
    await bench.start();
    await send(bench, 'e1');
    await expect.poll(saved, { timeout: 20_000 }).toBe(1);
    await pool.end();
  });

  it('enriched deleted behind the saved position: the memory could not be rebuilt, so it stops', async () => {
    const bench = await Bench.create();
    const enrichment = await bench.start();
    for (let i = 0; i < 5; i += 1) await send(bench, `e${i}`);
    await bench.until([4, -1, -1]);
    await stop(enrichment);
    const pool = createPool({ url: bench.databaseUrl, applicationName: 'test' });
    await pool.query(
      'UPDATE enrichment.position SET enriched_next = 0, raw_last = -1, raw_digest = NULL, memory = NULL',
    );
    await pool.end();
    await cutBefore(bench, bench.topics.enriched, 3);
    expect(await codeAtStart(bench)).toBe('enriched-gap');
  });
});
