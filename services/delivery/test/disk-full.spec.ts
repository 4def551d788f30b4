import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startPostgres } from '@auditorium/local';
import { createPool, migrate } from '@auditorium/postgres';
import { mountSmallDisk, type SmallDisk, uniqueName } from '@auditorium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SealerWatch } from '../src/kafka/sealer-watch.ts';
import { MIGRATIONS } from '../src/migrations/all.ts';
import { openPartitions } from '../src/open-partition.ts';
import { headSegment } from '../src/postgres/segment-at.ts';
import { localFiles } from '../src/s3/local-files.ts';
import { OrgHistory } from '../src/s3/org-history.ts';
import { SegmentCache } from '../src/s3/segment-cache.ts';
import { Producing } from './courier-harness.ts';
import {
  acceptedOf,
  createLedger,
  dependencies,
  EnrichedLog,
  history,
  type Ledger,
  live,
  silent,
  type Verdict,
} from './sealer-harness.ts';

const probe = mountSmallDisk(1);
probe?.remove();
const it_ = it.skipIf(probe === undefined);
if (probe === undefined) process.stderr.write('skipped: this process may not mount a file system to fill\n');

let ledger: Ledger;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  ledger = await createLedger();
});
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
afterAll(() => ledger.close());

function disk(mib: number): SmallDisk {
  const mounted = mountSmallDisk(mib);
  if (mounted === undefined) throw new Error('the disk could be mounted a moment ago');
  ending.push(() => mounted.remove());
  return mounted;
}

const given = (org: string, count: number): Verdict[] =>
  Array.from({ length: count }, (_, raw) => ({
    raw,
    verdict: 'accepted',
    org,
    // Text that hardly packs, so that a disk fills.
    value: Buffer.from(`{"raw":${raw},"filler":"${uniqueName().repeat(80)}"}`),
  }));

describe('a disk that is full', () => {
  it_(
    'under PostgreSQL stops the sealer, which says so; with room it goes on, and nothing is lost or doubled',
    async () => {
      const small = disk(160);
      const port = await freePort();
      const begin = () => startPostgres({ dataDir: join(small.folder, 'postgres'), port });
      let server = await begin();
      ending.push(() => server.stop());
      await migrate({ url: server.databaseUrl, schema: 'delivery', migrations: MIGRATIONS });
      const pool = createPool({ url: server.databaseUrl, applicationName: 'sealer', queryTimeoutMs: 5_000 });
      ending.push(() => pool.end());
      const own = { ...ledger, pool };
      const verdicts = given('org_full', 400);
      const log = new EnrichedLog(verdicts);
      const watch = new SealerWatch(silent);
      const deps = dependencies(own, { watch, segmentBytes: 20_000 });
      const { task } = await openPartitions(deps).open(0);
      await task.take(log.batch(0, 20)!);
      await expect.poll(() => history(own, 'org_full'), { timeout: 30_000 }).toHaveLength(20);
      small.fill();
      // Its log still has files that it made beforehand: only when they are used up does a commit fail.
      const eating = async (): Promise<never> => {
        for (;;) await pool.query("SELECT pg_logical_emit_message(true, 'ballast', repeat('x', 4000000))");
      };
      await expect(eating()).rejects.toThrow();
      const taking = (async () => {
        for (let next = 20; next < 400; next += 20) await task.take(log.batch(next, 20)!);
      })();
      taking.catch(() => undefined);
      await expect.poll(() => watch.problems().join(), { timeout: 60_000 }).toMatch(/heads|row|commit/);
      await task.close('revoked');
      small.makeRoom();
      // PostgreSQL may have given up over it; whoever watches it starts it again.
      await server.stop();
      server = await begin();
      for (let end = ''; end !== 'sealed';)
        end = await live(deps, 0, log).catch((error: Error) => error.message);
      expect(await history(own, 'org_full')).toEqual(acceptedOf(log, verdicts, 'org_full'));
    },
    180_000,
  );

  it_(
    'under the cache of the courier costs reads and no delivery, and leaves no half of a segment there',
    async () => {
      const small = disk(2);
      // A bucket of its own: what another database has sealed there would be taken up.
      const fresh = await createLedger();
      ending.push(() => fresh.close());
      const producing = new Producing(fresh);
      const orgs = Array.from({ length: 6 }, (_, n) => `cached_${n}`);
      await producing.seal(Object.fromEntries(orgs.map((org) => [org, 60])), 1e9, 400);
      const cache = new SegmentCache({
        store: fresh.store,
        files: localFiles(join(small.folder, 'cache')),
        diskBytes: 1e9,
      });
      const read = async (org: string): Promise<string[]> => {
        const pieces: Buffer[] = [];
        const from = new OrgHistory(cache, org, () => headSegment(fresh.pool, org));
        for await (const { lines } of from.pieces({ first: 1, last: 60 })) pieces.push(lines);
        return Buffer.concat(pieces).toString().split('\n').slice(0, -1);
      };
      small.fill(2_000);
      for (const org of orgs) expect(await read(org)).toEqual(producing.lines.get(org));
      expect(readdirSync(join(small.folder, 'cache'))).toEqual([]);
      small.makeRoom();
      for (const org of orgs) expect(await read(org)).toEqual(producing.lines.get(org));
    },
  );
});
