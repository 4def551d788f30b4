import { createPool } from '@auditorium/postgres';
import { createS3FaultProxy, startPostgresProxy, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SealerWatch } from '../src/kafka/sealer-watch.ts';
import { openPartitions } from '../src/open-partition.ts';
import { reapSegments } from '../src/reap-segments.ts';
import { SEALER_POINTS } from '../src/seal-segment.ts';
import {
  acceptedOf,
  crashAt,
  createLedger,
  dependencies,
  EnrichedLog,
  footerOf,
  history,
  type Ledger,
  live,
  silent,
  storeAt,
  type Verdict,
} from './sealer-harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

let partitions = 100;

const accepted = (partition: number, count: number, from = 0): Verdict[] =>
  Array.from({ length: count }, (_, index) => ({
    raw: from + index,
    verdict: 'accepted',
    org: `org_${partition}`,
  }));

async function expectOnce(partition: number, given: Verdict[]): Promise<void> {
  const org = `org_${partition}`;
  expect(await history(ledger, org)).toEqual(acceptedOf(new EnrichedLog(given), given, org));
}

describe('a sealer that has lost its partition', () => {
  it.each(SEALER_POINTS.filter((point) => !point.endsWith('move') && point !== 'sealer.after-commit'))(
    'Invariant 5: paused at %s and overtaken, it is fenced off when it wakes and changes nothing',
    async (point) => {
      const partition = partitions++;
      const given = accepted(partition, 20);
      const log = new EnrichedLog(given);
      let wake!: () => void;
      const asleep = new Promise<void>((resolve) => (wake = resolve));
      let paused!: () => void;
      const there = new Promise<void>((resolve) => (paused = resolve));
      const reached = async (at: string): Promise<void> => {
        if (at !== point) return;
        paused();
        // In the transaction it holds the partition's row, so nobody can overtake it before the database gives it up.
        if (point !== 'sealer.before-commit') await asleep;
      };
      const zombie = live(dependencies(ledger, { reached }), partition, log);
      zombie.catch(() => undefined);
      await there;
      await live(dependencies(ledger), partition, log);
      wake();
      const end = await zombie.catch((error: { code?: string }) => error.code);
      expect(['fenced', 'sealed']).toContain(end);
      await expectOnce(partition, given);
    },
  );

  it('tells the adapter at once, also when no message ever comes again', async () => {
    const partition = partitions++;
    const log = new EnrichedLog(accepted(partition, 5));
    const first = await openPartitions(dependencies(ledger, { intervalMs: 50 })).open(partition);
    await first.task.take(log.batch(0, 5)!);
    await openPartitions(dependencies(ledger)).open(partition);
    expect(await first.task.failed).toMatchObject({ code: 'fenced' });
    await expect(first.task.take(log.batch(0, 5)!)).rejects.toMatchObject({ code: 'fenced' });
    await first.task.close('revoked');
  });
});

/** Ends the disturbance after a while, so that the test ends too. */
function stopAfter(stop: AbortController, ms: number): () => void {
  const from = Date.now();
  return () => {
    if (Date.now() - from > ms) stop.abort();
  };
}

describe('when servers misbehave', () => {
  it('a lost answer to COMMIT is looked up, not guessed: sealed once', async () => {
    const partition = partitions++;
    const given = accepted(partition, 30);
    const proxy = await startPostgresProxy(ledger.databaseUrl);
    const pool = createPool({ url: proxy.url, applicationName: 'losing' });
    let commits = 0;
    const reached = (point: string): void => {
      if (point !== 'sealer.before-commit') return;
      commits += 1;
      if (commits % 3 !== 0) proxy.cutNextCommit(commits % 3 === 1 ? 'after' : 'before');
    };
    const deps = dependencies({ ...ledger, pool }, { segmentBytes: 400, reached });
    expect(await live(deps, partition, new EnrichedLog(given))).toBe('sealed');
    expect(commits).toBeGreaterThan(2);
    await pool.end();
    await proxy.close();
    await expectOnce(partition, given);
    const { rows } = await ledger.pool.query(
      "SELECT count(*) FILTER (WHERE state <> 'sealed') AS other FROM delivery.segment WHERE partition = $1",
      [partition],
    );
    expect(rows[0].other).toBe(0);
  });

  it('a lost answer to the PUT is not another segment', async () => {
    const partition = partitions++;
    const given = accepted(partition, 30);
    const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
    const store = await storeAt(proxy.endpoint, ledger.bucket, 1_000);
    let puts = 0;
    proxy.script(() =>
      (puts += 1) === 1 ? { forward: 'reset' } : puts === 3 ? { forward: 'hang' } : undefined,
    );
    expect(
      await live(
        dependencies({ ...ledger, store }, { segmentBytes: 400 }),
        partition,
        new EnrichedLog(given),
      ),
    ).toBe('sealed');
    expect(puts).toBeGreaterThan(1);
    await Promise.all([store.close(), proxy.close()]);
    await expectOnce(partition, given);
  });

  it('a database that throws its connections out again and again costs time and nothing else', async () => {
    const partition = partitions++;
    const given = accepted(partition, 400);
    const pool = createPool({ url: ledger.databaseUrl, applicationName: `thrown-${partition}` });
    const stop = new AbortController();
    const thrower = (async () => {
      while (!stop.signal.aborted) {
        await ledger.pool.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
          [`thrown-${partition}`],
        );
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    const deps = dependencies({ ...ledger, pool }, { segmentBytes: 400, intervalMs: 1 });
    const log = new EnrichedLog(given);
    // An opening that fails is the adapter's to repeat; here that is us.
    for (let end = ''; end !== 'sealed';) {
      end = await live({ ...deps, reached: stopAfter(stop, 3_000) }, partition, log).catch(
        (error: Error) => error.message,
      );
    }
    stop.abort();
    await thrower;
    await pool.end();
    await expectOnce(partition, given);
  });

  it('WK5 while S3 is away it waits, counts and says so, takes no more than it may hold, and loses nothing', async () => {
    const partition = partitions++;
    const given = accepted(partition, 4000).map((verdict) => ({
      ...verdict,
      value: Buffer.from(`{"raw":${verdict.raw},"filler":"${'x'.repeat(1000)}"}`),
    }));
    const log = new EnrichedLog(given);
    const away = await storeAt('http://127.0.0.1:9', ledger.bucket, 500);
    const watch = new SealerWatch(silent);
    let store = away;
    const flaky = {
      ...ledger.store,
      putIfAbsent: (...a: Parameters<typeof away.putIfAbsent>) => store.putIfAbsent(...a),
    };
    const deps = dependencies(
      { ...ledger, store: flaky },
      { watch, segmentBytes: 1_000_000, memoryBytes: 2_000_000 },
    );
    const { task } = await openPartitions(deps).open(partition);
    let taken = 0;
    const taking = (async () => {
      for (let batch = log.batch(taken, 100); batch; batch = log.batch(taken, 100)) {
        await task.take(batch);
        taken = batch.next;
      }
    })();
    await expect.poll(() => watch.problems().length).toBeGreaterThan(0);
    await expect.poll(() => taken).toBeGreaterThan(0);
    const stuck = taken;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBe(stuck);
    expect(stuck).toBeLessThan(4000);
    store = ledger.store;
    await taking;
    await task.close('stopping');
    await away.close();
    await expectOnce(partition, given);
  });

  it('is not opened while the bucket cannot say what it holds, and says so', async () => {
    const away = await storeAt('http://127.0.0.1:9', ledger.bucket, 500);
    const watch = new SealerWatch(silent);
    const opening = openPartitions(dependencies({ ...ledger, store: away }, { watch })).open(partitions++);
    await expect(opening).rejects.toMatchObject({ code: 's3-unavailable' });
    expect(watch.problems()).toHaveLength(1);
    await away.close();
  });
});

describe('a sealer that is told to stop', () => {
  it('seals what it has taken, takes no more, and leaves the rest to the next', async () => {
    const partition = partitions++;
    const given = accepted(partition, 300);
    const log = new EnrichedLog(given);
    const slow = {
      ...ledger.store,
      putIfAbsent: async (...args: Parameters<typeof ledger.store.putIfAbsent>) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return ledger.store.putIfAbsent(...args);
      },
    };
    const watch = new SealerWatch(silent);
    const deps = dependencies({ ...ledger, store: slow }, { watch, segmentBytes: 500, intervalMs: 1_000 });
    const { task } = await openPartitions(deps).open(partition);
    const taking = task.take(log.batch(0, 300) as NonNullable<ReturnType<typeof log.batch>>);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [taken] = await Promise.allSettled([taking, task.close('stopping')]);
    expect(taken).toMatchObject({ status: 'rejected', reason: { code: 'stopping' } });
    expect(await task.failed).toMatchObject({ code: 'stopping' });
    const sealed = await history(ledger, `org_${partition}`);
    expect(sealed.length).toBeGreaterThan(0);
    expect(sealed.length).toBeLessThan(300);
    expect(await live(dependencies(ledger), partition, log)).toBe('sealed');
    await expectOnce(partition, given);
    const { rows } = await ledger.pool.query(
      "SELECT count(*) AS count FROM delivery.segment WHERE partition = $1 AND state <> 'sealed'",
      [partition],
    );
    expect(rows[0]).toEqual({ count: 0 });
  });
});

describe('a gap in enriched', () => {
  it('stops and alarms, takes nothing, says so durably, and goes on by itself when it is refilled', async () => {
    const partition = partitions++;
    const org = `org_${partition}`;
    const before = accepted(partition, 5);
    const beyond = accepted(partition, 5, 8);
    const log = new EnrichedLog([...before, ...beyond]);
    const watch = new SealerWatch(silent);
    const deps = dependencies(ledger, { watch });
    expect(await live(deps, partition, log)).toBe('sealed');
    expect(await history(ledger, org)).toHaveLength(5);
    const gap = async () =>
      (
        await ledger.pool.query('SELECT gap_from, gap_to FROM delivery.partition WHERE partition = $1', [
          partition,
        ])
      ).rows[0];
    expect(await gap()).toEqual({ gap_from: 5, gap_to: 7 });
    // A restart does not forget it.
    const again = new SealerWatch(silent);
    await openPartitions(dependencies(ledger, { watch: again })).open(partition);
    expect(again.problems()).toEqual([`partition ${partition} lacks the verdicts on raw offsets 5–7`]);

    const refill = accepted(partition, 12, 5).map((verdict) => ({
      ...verdict,
      value: Buffer.from(`{"refill":${verdict.raw}}`),
    }));
    for (const verdict of refill) log.add(verdict);
    expect(await live(deps, partition, log)).toBe('sealed');
    expect((await history(ledger, org)).map(({ raw }) => raw)).toEqual(
      Array.from({ length: 17 }, (_, raw) => raw),
    );
    expect(await gap()).toEqual({ gap_from: null, gap_to: null });
  });
});

describe('segments that were never sealed', () => {
  it('only the object of an abandoned row is deleted, and a late PUT of a sealer that slept is found again', async () => {
    const partition = partitions++;
    const log = new EnrichedLog(accepted(partition, 10));
    expect(await live(dependencies(ledger, { reached: crashAt('sealer.after-put') }), partition, log)).toBe(
      'died',
    );
    expect(await live(dependencies(ledger), partition, log)).toBe('sealed');
    const keys = async (state: string): Promise<string[]> =>
      (
        await ledger.pool.query('SELECT key FROM delivery.segment WHERE partition = $1 AND state = $2', [
          partition,
          state,
        ])
      ).rows.map((row: { key: string }) => row.key);
    const [abandoned] = await keys('abandoned');
    const [sealed] = await keys('sealed');
    const reaper = { ...ledger, log: silent, reached: () => undefined };
    const age = (interval: string) =>
      ledger.pool.query(
        `UPDATE delivery.segment SET abandoned_at = now() - interval '${interval}' WHERE key = $1`,
        [abandoned],
      );
    await reapSegments(reaper);
    expect(await ledger.store.head(abandoned!)).toBeDefined();
    await age('2 hours');
    // Two processes look at the same time.
    const both = Promise.withResolvers<void>();
    let here = 0;
    const meeting = { ...reaper, reached: () => (++here < 2 ? both.promise : both.resolve()) };
    await Promise.all([reapSegments(meeting), reapSegments(meeting)]);
    expect(await ledger.store.head(abandoned!)).toBeUndefined();
    await ledger.store.putIfAbsent(abandoned!, Buffer.from('late'));
    await age('2 days');
    await reapSegments(reaper);
    expect(await ledger.store.head(abandoned!)).toBeUndefined();
    expect(await footerOf(ledger.store, sealed!)).toMatchObject({ segment: sealed });
  });

  it('two reapers at the same moment are one look: the second is still to come', async () => {
    const partition = partitions++;
    const log = new EnrichedLog(accepted(partition, 3));
    await live(dependencies(ledger, { reached: crashAt('sealer.after-put') }), partition, log);
    await live(dependencies(ledger), partition, log);
    await ledger.pool.query(
      "UPDATE delivery.segment SET abandoned_at = now() - interval '2 hours' WHERE partition = $1 AND state = 'abandoned'",
      [partition],
    );
    let arrived = 0;
    let both = (): void => undefined;
    const bothThere = new Promise<void>((resolve) => (both = resolve));
    const reached = async (): Promise<void> => {
      if ((arrived += 1) === 2) both();
      await bothThere;
    };
    await Promise.all([1, 2].map(() => reapSegments({ ...ledger, log: silent, reached })));
    const { rows } = await ledger.pool.query(
      "SELECT looks FROM delivery.segment WHERE partition = $1 AND state = 'abandoned'",
      [partition],
    );
    expect(rows).toEqual([{ looks: 1 }]);
  });
});

describe('many orgs', () => {
  it('3,000 orgs in one partition: each has its own chain, gapless over several segments', async () => {
    const partition = partitions++;
    const given = Array.from({ length: 9000 }, (_, raw): Verdict => ({
      raw,
      verdict: 'accepted',
      org: `many_${(raw * 7919) % 3000}`,
    }));
    const log = new EnrichedLog(given);
    expect(await live(dependencies(ledger, { segmentBytes: 100_000 }), partition, log, 500)).toBe('sealed');
    const { rows } = await ledger.pool.query(
      'SELECT count(*) AS orgs, sum(sequence)::int AS events FROM delivery.org_head WHERE partition = $1',
      [partition],
    );
    expect(rows[0]).toEqual({ orgs: 3000, events: 9000 });
    for (const org of ['many_0', 'many_1', 'many_2999']) {
      expect(await history(ledger, org)).toEqual(acceptedOf(log, given, org));
    }
  });
});
