import { partitionOf, topicsOf } from '@auditorium/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnrichmentStop, reconcile } from '../src/reconcile.ts';
import { PARTITIONS, startService, writeEvents } from './service-harness.ts';

let service: Awaited<ReturnType<typeof startService>>;
const org = 'org_view';
const neighbour = neighbourOf(org);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Another org of the same partition. */
function neighbourOf(of: string): string {
  for (let n = 0; ; n += 1)
    if (partitionOf(`n_${n}`, PARTITIONS) === partitionOf(of, PARTITIONS)) return `n_${n}`;
}

/** What the other services may say of partitions that stand still. */
interface Standing {
  stops?: EnrichmentStop[];
  gap?: { from: number; to: number };
  stopped?: { code: string; detail: string };
}

/** The reconciliation against a view that stands at `last` with `events` events of the org. */
async function against(last: number, events: number, standing: Standing = {}) {
  const { pool, footers, settings, now } = service.delivery;
  const result = await reconcile(
    {
      pool,
      footers,
      now,
      topics: topicsOf(settings.AUDITORIUM_TOPIC_PREFIX),
      partitions: PARTITIONS,
      brokers: settings.AUDITORIUM_KAFKA_BROKERS,
      destinationTerms: () => Promise.resolve([]),
      stops: async () => standing.stops,
      projectionOf: () =>
        Promise.resolve({ last, events, gap: standing.gap ?? null, stopped: standing.stopped ?? null }),
    },
    org,
  );
  const problems = result.problems.map(({ name }) => name);
  return { view: result.view?.expected, addsUp: result.addsUp, head: result.head, problems };
}

describe('a view that stands elsewhere than the ledger', () => {
  it('is compared at the raw offset where it stands: behind, level, or ahead', async () => {
    await writeEvents(service, org, { from: 0, count: 10 });
    await writeEvents(service, neighbour, { from: 10, count: 10 });
    await writeEvents(service, org, { from: 20, count: 10 });
    await expect.poll(async () => (await against(29, 20)).head).toBe(20);
    expect(await against(29, 20)).toMatchObject({ view: 20, addsUp: true });
    expect(await against(24, 15)).toMatchObject({ view: 15, addsUp: true });
    expect(await against(15, 10)).toMatchObject({ view: 10, addsUp: true });
    expect(await against(4, 5)).toMatchObject({ view: 5, addsUp: true });
    expect(await against(-1, 0)).toMatchObject({ view: 0, addsUp: true });
    expect(await against(29, 19)).toMatchObject({ view: 20, addsUp: false });
  });

  it('does not add up while enrichment or the projector stands still, and says who', async () => {
    const partition = partitionOf(org, PARTITIONS);
    const stop = { partition, code: 'raw-loss', detail: 'raw begins at 7' };
    expect(await against(29, 20, { stops: [stop] })).toMatchObject({ problems: ['enrichment'] });
    expect(await against(29, 20, { stops: [{ ...stop, partition: 99 }] })).toMatchObject({ addsUp: true });
    expect(await against(4, 5, { gap: { from: 5, to: 6 } })).toMatchObject({ problems: ['projector'] });
    const stopped = { code: 'position-out-of-range', detail: 'x' };
    expect(await against(4, 5, { stopped })).toMatchObject({ addsUp: false, problems: ['projector'] });
  });

  it('also while the newest events are judged but not sealed', async () => {
    await service.sealer.close();
    await writeEvents(service, org, { from: 30, count: 10, judged: 8 });
    expect(await against(37, 28)).toMatchObject({ view: 28, addsUp: true, head: 20 });
    const at = await against(33, 24);
    expect([at.view, at.addsUp]).toEqual([24, true]);
  });
});
