import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore } from '@auditorium/object-store';
import { uniqueName } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headSegment } from '../src/postgres/segment-at.ts';
import { localFiles } from '../src/s3/local-files.ts';
import { OrgHistory } from '../src/s3/org-history.ts';
import { SegmentCache } from '../src/s3/segment-cache.ts';
import { Producing } from './courier-harness.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

let ledger: Ledger;
let producing: Producing;
const orgs = Array.from({ length: 30 }, (_, n) => `org_${n}`);

beforeAll(async () => {
  ledger = await createLedger();
  producing = new Producing(ledger);
  await producing.seal(Object.fromEntries(orgs.map((org) => [org, 100])), 1e9, 0);
  await producing.seal(Object.fromEntries(orgs.map((org) => [org, 100])), 1e9, 0);
});
afterAll(() => ledger.close());

/** The ledger's store, counting what is asked of it, with footers read from a shorter end. */
function counting(): { store: ObjectStore; asked: () => number } {
  let count = 0;
  const store: ObjectStore = {
    ...ledger.store,
    get: (...call) => ((count += 1), ledger.store.get(...call)),
    tail: (key) => ((count += 1), ledger.store.tail(key, 4_096)),
  };
  return { store, asked: () => count };
}

async function read(cache: SegmentCache, org: string, first: number, last: number): Promise<string[]> {
  const history = new OrgHistory(cache, org, () => headSegment(ledger.pool, org));
  const pieces: Buffer[] = [];
  for await (const { lines } of history.pieces({ first, last })) pieces.push(lines);
  return Buffer.concat(pieces).toString().split('\n').slice(0, -1);
}

describe('segments near at hand', () => {
  it('a segment costs at most five reads, however many destinations want it', async () => {
    const { store, asked } = counting();
    const cache = new SegmentCache({
      store,
      files: localFiles(`/tmp/auditorium-test-${uniqueName()}`),
      diskBytes: 1e9,
    });
    const segments = (await Array.fromAsync(ledger.store.list('segments/'))).length;
    for (const org of orgs) expect(await read(cache, org, 1, 200)).toEqual(producing.lines.get(org));
    expect(asked()).toBeLessThanOrEqual(5 * segments);
    await cache.close();
  });

  it('any range of any org is what the ledger has', async () => {
    const cache = new SegmentCache({
      store: ledger.store,
      files: localFiles(`/tmp/auditorium-test-${uniqueName()}`),
      diskBytes: 1,
    });
    for (const [first, last] of [
      [1, 1],
      [100, 101],
      [37, 163],
      [200, 200],
      [101, 200],
    ] as const) {
      expect(await read(cache, 'org_7', first, last)).toEqual(
        producing.lines.get('org_7')?.slice(first - 1, last),
      );
    }
    await expect(read(cache, 'org_7', 150, 201)).rejects.toMatchObject({ code: 'plan-mismatch' });
    await cache.close();
  });

  it('a disk that takes nothing costs reads, not deliveries', async () => {
    const cache = new SegmentCache({
      store: counting().store,
      files: localFiles('/etc/hostname/below-a-file'),
      diskBytes: 1e9,
    });
    for (const org of orgs.slice(0, 5))
      expect(await read(cache, org, 1, 200)).toEqual(producing.lines.get(org));
  });

  it('a damaged copy on the local disk is noticed and read again', async () => {
    const dir = `/tmp/auditorium-test-${uniqueName()}`;
    const cache = new SegmentCache({ store: counting().store, files: localFiles(dir), diskBytes: 1e9 });
    for (const org of orgs.slice(0, 5)) await read(cache, org, 1, 200);
    const files = readdirSync(dir);
    expect(files).not.toEqual([]);
    for (const file of files) writeFileSync(join(dir, file), Buffer.alloc(2_000_000));
    expect(await read(cache, 'org_9', 1, 200)).toEqual(producing.lines.get('org_9'));
    await cache.close();
    expect(existsSync(dir)).toBe(false);
  });
});
