import { createPool } from '@auditorium/postgres';
import {
  createS3FaultProxy,
  faultWhile,
  NETWORK_FAULTS,
  type NetworkFaultName,
  onBucket,
  S3_FAULTS,
  type S3FaultName,
  type Where,
  startPostgresProxy,
  useServers,
} from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SealerWatch } from '../src/kafka/sealer-watch.ts';
import {
  acceptedOf,
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
let partitions = 500;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

/** What one partition is given, and that its org's history in the end is just that. */
function work(): { partition: number; log: EnrichedLog; expectOnce(): Promise<void> } {
  const partition = partitions++;
  const org = `org_${partition}`;
  const given = Array.from({ length: 30 }, (_, raw): Verdict => ({ raw, verdict: 'accepted', org }));
  const log = new EnrichedLog(given);
  const expectOnce = async (): Promise<void> => {
    expect(await history(ledger, org)).toEqual(acceptedOf(log, given, org));
    const { rows } = await ledger.pool.query(
      "SELECT key FROM delivery.segment WHERE partition = $1 AND state = 'sealed'",
      [partition],
    );
    // Every sealed row has its object, and it is whole: nothing is ever seen of one that is not.
    for (const { key } of rows) expect((await footerOf(ledger.store, key)).segment).toBe(key);
  };
  return { partition, log, expectOnce };
}

/** An opening that fails is the adapter's to repeat; here that is us. */
async function liveOn(...given: Parameters<typeof live>): Promise<void> {
  for (let end = ''; end !== 'sealed';) end = await live(...given).catch((error: Error) => error.message);
}

describe.concurrent('whatever its bucket does', () => {
  it.each(Object.keys(S3_FAULTS) as S3FaultName[])(
    'at %s a sealer waits and says so, asks at leisure, and seals each event once when it is over',
    async (name) => {
      const { partition, log, expectOnce } = work();
      const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
      const store = await storeAt(proxy.endpoint, ledger.bucket, 500);
      let lasts = true;
      // Reading goes well: without its listing a partition is not opened at all.
      const isWrite: Where = (request) => onBucket(ledger.bucket)(request) && request.method !== 'GET';
      proxy.script(faultWhile(() => lasts, S3_FAULTS[name], isWrite));
      const watch = new SealerWatch(silent);
      let retries = 0;
      const told = watch.retrying.bind(watch);
      watch.retrying = (...facts) => {
        retries += 1;
        told(...facts);
      };
      const deps = dependencies({ ...ledger, store }, { watch, segmentBytes: 400 });
      const sealing = liveOn(deps, partition, log);
      // A write has no body in its answer that could be spoiled: those two go through.
      const harmless = name === 'an answer that is cut off' || name === 'an answer with a wrong length';
      if (!harmless) {
        await expect.poll(() => retries, { timeout: 30_000 }).toBeGreaterThan(2);
        expect(watch.problems().join()).toContain('put: ');
        expect(await history(ledger, `org_${partition}`)).toEqual([]);
      }
      // One write a try, a look where it was there already, and each at most once more.
      expect(proxy.requests.length).toBeLessThanOrEqual(4 * (retries + 2));
      lasts = false;
      await sealing;
      await expectOnce();
      await Promise.all([store.close(), proxy.close()]);
    },
    90_000,
  );
});

describe.each(Object.keys(NETWORK_FAULTS) as NetworkFaultName[])('%s before PostgreSQL', (name) => {
  it('costs a sealer time and nothing else', async () => {
    const { partition, log, expectOnce } = work();
    const proxy = await startPostgresProxy(ledger.databaseUrl);
    const pool = createPool({ url: proxy.url, applicationName: 'sealer' });
    let begun = false;
    let end = (): void => undefined;
    const reached = (point: string): void => {
      if (begun || point !== 'sealer.after-put') return;
      begun = true;
      end = NETWORK_FAULTS[name](proxy);
      setTimeout(() => end(), 1_000);
    };
    await liveOn(dependencies({ ...ledger, pool }, { segmentBytes: 400, reached }), partition, log);
    await expectOnce();
    expect(proxy.connections.of()).toBeLessThan(60);
    await pool.end();
    await proxy.close();
  });
});
