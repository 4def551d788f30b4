import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADOPT_POINTS } from '../src/adopt-segments.ts';
import { type Link, sealedChain } from '../src/domain/segment-chain.ts';
import { openPartitions } from '../src/open-partition.ts';
import { backUp } from './back-up.ts';
import {
  acceptedOf,
  crashAt,
  createLedger,
  dependencies,
  EnrichedLog,
  history,
  type Ledger,
  live,
  readerOf,
  type Verdict,
} from './sealer-harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

let partitions = 0;

/** What one test works on: the enriched log of a partition of its own. */
class Partition {
  readonly number = partitions++;
  readonly verdicts: Verdict[] = [];
  readonly log = new EnrichedLog();
  #raw = 0;

  /** Events of three orgs, every fifth a repeat, every seventh rejected. */
  events(count: number): this {
    for (let n = 0; n < count; n += 1) {
      const raw = this.#raw++;
      const verdict = raw % 5 === 4 ? 'repeat' : raw % 7 === 6 ? 'rejected' : 'accepted';
      this.add({ raw, verdict, org: `org_${this.number}_${raw % 3}` });
    }
    return this;
  }

  /** Only what leaves no trace in a segment: repeats, a hole. */
  traceless(count: number): this {
    for (let n = 0; n < count; n += 1) this.add({ raw: this.#raw++, verdict: 'repeat' });
    this.add({ from: this.#raw, raw: this.#raw + 2, verdict: 'repeat' });
    this.#raw += 3;
    return this;
  }

  add(verdict: Verdict): void {
    this.verdicts.push(verdict);
    this.log.add(verdict);
  }

  seal(of: Ledger, more: object = {}): Promise<'sealed' | 'died'> {
    const deps = dependencies(of, { enriched: readerOf(this.log), segmentBytes: 400, ...more });
    return live(deps, this.number, this.log);
  }

  async expectOnce(of: Ledger): Promise<void> {
    for (const n of [0, 1, 2]) {
      const org = `org_${this.number}_${n}`;
      expect(await history(of, org)).toEqual(acceptedOf(this.log, this.verdicts, org));
    }
  }
}

/** Everything that the database says of a partition and that must come back, in the order of raw. */
async function said(pool: pg.Pool, partition: number) {
  const position = await pool.query(
    'SELECT raw_last, enriched_next, accepted, rejected, repeats, holes FROM delivery.partition WHERE partition = $1',
    [partition],
  );
  const segments = await pool.query(
    `SELECT key, epoch, raw_from, raw_last, enriched_from, enriched_next, accepted, rejected, repeats, holes, orgs,
            bytes, size, digest
     FROM delivery.segment WHERE partition = $1 AND state = 'sealed' ORDER BY raw_last`,
    [partition],
  );
  const heads = await pool.query(
    `SELECT h.org, h.first, h.sequence, s.key FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment
     WHERE h.partition = $1 ORDER BY h.org`,
    [partition],
  );
  return { position: position.rows, segments: segments.rows, heads: heads.rows };
}

const epochOf = async (pool: pg.Pool, partition: number): Promise<number> =>
  (await pool.query('SELECT epoch FROM delivery.partition WHERE partition = $1', [partition])).rows[0]?.epoch;

async function objects(partition: number): Promise<string[]> {
  const keys = [];
  for await (const { key } of ledger.store.list(`segments/${String(partition).padStart(5, '0')}/`))
    keys.push(key);
  return keys;
}

describe('a database that was restored to an earlier moment', { timeout: 60_000 }, () => {
  it('gets rows, heads and position back from the segments, and seals nothing a second time', async () => {
    const p = new Partition().events(40);
    await p.seal(ledger);
    const restored = await backUp(ledger);
    await p.events(30).seal(ledger);
    await p.traceless(4).seal(ledger);
    await p.events(30).seal(ledger);
    const before = await said(ledger.pool, p.number);
    const there = await objects(p.number);

    await p.seal(restored);
    expect(await said(restored.pool, p.number)).toEqual(before);
    expect(await objects(p.number)).toEqual(there);
    expect(await epochOf(restored.pool, p.number)).toBeGreaterThan(await epochOf(ledger.pool, p.number));
    await p.events(20).seal(restored);
    await p.expectOnce(restored);
    await restored.close();
  });

  it('comes back whole although sealers were killed after the backup, and what they left is not taken for sealed', async () => {
    const p = new Partition().events(20);
    expect(await p.seal(ledger, { reached: crashAt('sealer.after-put', 2) })).toBe('died');
    const restored = await backUp(ledger);
    for (const [point, nth, segmentBytes] of [
      ['sealer.before-commit', 1, 900],
      ['sealer.after-put', 2, 350],
      ['sealer.after-commit', 1, 600],
      ['sealer.after-put', 1, 1500],
    ] as const) {
      p.events(25);
      await p.seal(ledger, { segmentBytes, reached: crashAt(point, nth) });
    }
    await p.seal(ledger, { segmentBytes: 500 });
    const before = await said(ledger.pool, p.number);
    const { rows } = await ledger.pool.query(
      "SELECT key FROM delivery.segment WHERE partition = $1 AND state = 'abandoned'",
      [p.number],
    );
    expect(rows.length).toBeGreaterThan(2);
    await p.seal(restored);
    expect(await said(restored.pool, p.number)).toEqual(before);
    await p.events(10).seal(restored);
    await p.expectOnce(restored);
    await restored.close();
  });

  it('knows a segment that was being written when the backup was made, and sealed after it', async () => {
    const p = new Partition().events(30);
    let restored: Ledger | undefined;
    const reached = async (point: string): Promise<void> => {
      if (point === 'sealer.after-put') restored ??= await backUp(ledger);
    };
    await p.seal(ledger, { reached });
    const before = await said(ledger.pool, p.number);
    await p.seal(restored!);
    expect(await said(restored!.pool, p.number)).toEqual(before);
    await restored!.close();
  });

  it.each(ADOPT_POINTS)('goes on where it was when it is killed at %s', async (point) => {
    const p = new Partition().events(10);
    await p.seal(ledger);
    const restored = await backUp(ledger);
    await p.events(60).seal(ledger);
    const before = await said(ledger.pool, p.number);
    expect(await p.seal(restored, { reached: crashAt(point, 3) })).toBe('died');
    await p.seal(restored);
    expect(await said(restored.pool, p.number)).toEqual(before);
    await restored.close();
  });

  it('is rebuilt from nothing but the bucket', async () => {
    const p = new Partition();
    const restored = await backUp(ledger);
    await p.events(50).seal(ledger);
    await p.seal(restored);
    expect(await said(restored.pool, p.number)).toEqual(await said(ledger.pool, p.number));
    await restored.close();
  });

  it('stops, and seals nothing, where enriched no longer says what lay between two segments', async () => {
    const p = new Partition().events(20);
    await p.seal(ledger);
    const restored = await backUp(ledger);
    await p.traceless(5).seal(ledger);
    await p.events(20).seal(ledger);
    const enriched = readerOf(p.log, p.log.messages.length);
    const opening = openPartitions(dependencies(restored, { enriched })).open(p.number);
    await expect(opening).rejects.toMatchObject({ code: 'ledger-ahead' });
    const { segments } = await said(restored.pool, p.number);
    expect(segments.at(-1).raw_last).toBeLessThan(20);
    await restored.close();
  });

  it('stops over an object that does not go on where the ledger ends', async () => {
    const p = new Partition().events(20);
    await p.seal(ledger);
    const restored = await backUp(ledger);
    await p.events(20).seal(ledger);
    await restored.pool.query('UPDATE delivery.org_head SET sequence = sequence - 1 WHERE partition = $1', [
      p.number,
    ]);
    const opening = openPartitions(dependencies(restored, { enriched: readerOf(p.log) })).open(p.number);
    await expect(opening).rejects.toMatchObject({ code: 'ledger-mismatch' });
    await restored.close();
  });

  it('is not harmed by a sealer that was asleep in an epoch which the backup has not reached', async () => {
    const p = new Partition().events(20);
    await p.seal(ledger);
    const restored = await backUp(ledger);
    await p.events(20).seal(ledger);
    let now = ledger.pool;
    const pool = {
      query: (...args: Parameters<pg.Pool['query']>) => now.query(...args),
      connect: () => now.connect(),
    } as unknown as pg.Pool;
    let wake!: () => void;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    let paused!: () => void;
    const there = new Promise<void>((resolve) => (paused = resolve));
    p.events(20);
    const zombie = p.seal(
      { ...ledger, pool },
      {
        reached: async (point: string) => {
          if (point !== 'sealer.before-row') return;
          paused();
          await asleep;
        },
      },
    );
    await there;
    await p.seal(restored);
    // With these nobody has come to the end yet, which is what a life that is not ended waits for.
    p.events(10);
    now = restored.pool;
    wake();
    await expect(zombie).rejects.toMatchObject({ code: 'fenced' });
    await p.seal(restored);
    await p.expectOnce(restored);
    await restored.close();
  });
});

describe('opening a partition that was never restored', () => {
  it('costs one listing that finds nothing', async () => {
    const p = new Partition().events(60);
    await p.seal(ledger);
    const listed: (string | undefined)[] = [];
    const found: string[] = [];
    const store = {
      ...ledger.store,
      async *list(prefix: string, options: { startAfter?: string }) {
        listed.push(options.startAfter);
        for await (const object of ledger.store.list(prefix, options)) {
          found.push(object.key);
          yield object;
        }
      },
    };
    await p.seal({ ...ledger, store });
    expect(listed).toEqual([(await objects(p.number)).at(-1)]);
    expect(found).toEqual([]);
  });
});

describe('where enriched begins behind the checkpoint', () => {
  it('nothing is taken until the missing verdicts are given again, and then everything once', async () => {
    const p = new Partition().events(20);
    await p.seal(ledger);
    const { log } = p.events(20);
    const cut = log.messages.length - 5;
    const deps = dependencies(ledger, { enriched: readerOf(log, cut) });
    const { next, task } = await openPartitions(deps).open(p.number);
    expect(next).toBe(cut);
    await task.take(log.batch(next, 5)!);
    expect(deps.watch.states()).toMatchObject([{ gap: { from: 20, to: 34 } }]);
    for (const verdict of p.verdicts.slice(20)) log.add(verdict);
    await task.take(log.batch(cut + 5, 100)!);
    await task.close('stopping');
    const { position } = await said(ledger.pool, p.number);
    expect(position).toMatchObject([{ raw_last: 39, enriched_next: log.messages.length }]);
    const raws = await Promise.all([0, 1, 2].map((n) => history(ledger, `org_${p.number}_${n}`)));
    const accepted = p.verdicts.filter(({ verdict }) => verdict === 'accepted').map(({ raw }) => raw);
    expect(raws.flatMap((events) => events.map(({ raw }) => raw)).toSorted((a, b) => a - b)).toEqual(
      accepted,
    );
  });
});

describe('which objects were sealed', () => {
  const link = (epoch: number, rawFrom: number, rawLast: number): Link => ({
    key: `${epoch}/${rawFrom}-${rawLast}`,
    epoch,
    rawFrom,
    rawLast,
    enrichedFrom: 0,
    enrichedNext: 0,
  });
  const keysOf = (links: Link[]): string[] => sealedChain(links).map(({ key }) => key);

  it('is told by where the next epoch begins', () => {
    const links = [link(5, 0, 9), link(5, 10, 19), link(5, 20, 29), link(6, 20, 24), link(6, 25, 40)];
    expect(keysOf(links)).toEqual(['5/0-9', '5/10-19', '6/20-24', '6/25-40']);
  });

  it('does not depend on whether what the next epoch wrote was sealed itself', () => {
    const links = [link(5, 0, 9), link(5, 10, 30), link(6, 10, 19), link(7, 10, 14), link(7, 15, 50)];
    expect(keysOf(links)).toEqual(['5/0-9', '7/10-14', '7/15-50']);
  });

  it('leaves out what lay across positions that moved without an object', () => {
    expect(keysOf([link(5, 10, 30), link(6, 15, 30)])).toEqual(['6/15-30']);
  });
});
