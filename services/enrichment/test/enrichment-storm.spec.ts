import { createPool } from '@auditorium/postgres';
import {
  NETWORK_FAULTS,
  type NetworkFaultName,
  type PostgresProxy,
  startPostgresProxy,
} from '@auditorium/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readPosition } from '../src/postgres/positions.ts';
import { Bench, PARTITIONS, stop } from './harness.ts';
import { lineOf } from './raw-records.ts';

let proxy: PostgresProxy | undefined;
afterEach(() => proxy?.close());
afterAll(() => Bench.closeAll());

const ORGS = Array.from({ length: 6 }, (_, n) => `org_${n}`);

async function produce(bench: Bench, from: number, to: number): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (let n = from; n < to; n += 1) {
    const org = ORGS[n % ORGS.length] as string;
    sent.push(bench.send({ key: Buffer.from(org), value: lineOf(org, `e${n}`) }));
  }
  await Promise.all(sent);
}

describe.each(Object.keys(NETWORK_FAULTS) as NetworkFaultName[])('%s before PostgreSQL', (name) => {
  it('holds up no verdict; what could not be saved meanwhile is saved when it is over', async () => {
    const bench = await Bench.create();
    const direct = bench.databaseUrl;
    proxy = await startPostgresProxy(direct);
    bench.env['AUDITORIUM_DATABASE_URL'] = proxy.url;
    const enrichment = await bench.start();
    await produce(bench, 0, 30);
    await bench.until(await bench.rawEnds());
    const end = NETWORK_FAULTS[name](proxy);
    await produce(bench, 30, 90);
    const { taken, gaps } = await bench.until(await bench.rawEnds());
    expect([taken.length, gaps]).toEqual([90, 0]);
    end();
    await produce(bench, 90, 120);
    const ends = await bench.rawEnds();
    await bench.until(ends);
    await stop(enrichment);
    const pool = createPool({ url: direct, applicationName: 'test' });
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      expect((await readPosition(pool, partition)).rawLast).toBe(ends[partition]);
    await pool.end();
    await bench.close();
  });
});
