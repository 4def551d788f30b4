import { partitionOf } from '@auditorium/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARTITIONS, startService, writeEvents } from './service-harness.ts';

let service: Awaited<ReturnType<typeof startService>>;
const org = 'org_acme';
const partition = partitionOf(org, PARTITIONS);

beforeAll(async () => {
  service = await startService();
  const { topics, publish } = service;
  await publish(topics.orgs, org, org, { org, slug: 'acme', name: 'Acme', plan: 'enterprise', version: 1 });
  const members = [
    { user: 'u_ada', admin: true, permissions: [] },
    { user: 'u_mel', admin: false, permissions: [] },
    { user: 'u_operator', admin: true, permissions: [] },
  ];
  await publish(topics.access, org, org, { org, version: 1, members });
});
afterAll(() => service.stop());

const reconciliation = async (subject = 'u_operator') => {
  const response = await service.get('/api/v1/orgs/acme/reconciliation', subject);
  return { status: response.status, body: await response.json() };
};

describe('reconciliation', () => {
  it('adds up while nothing has happened', async () => {
    await expect.poll(async () => (await reconciliation()).status).toBe(200);
    expect((await reconciliation()).body).toMatchObject({ addsUp: true, head: 0, problems: [] });
  });

  it('counts sealed, judged and unjudged records, each on its own', async () => {
    await writeEvents(service, org, { from: 0, count: 50, judged: 40 });
    await expect.poll(async () => (await reconciliation()).body.head).toBe(40);
    const { body } = await reconciliation();
    expect(body).toMatchObject({
      addsUp: true,
      partition: {
        partition,
        ledger: { rawLast: 39, accepted: 40, inSegments: { accepted: 40 }, inHeads: 40 },
        log: { rawEnd: 50, unsealed: { records: 10, holes: 0 } },
      },
    });
  });

  it('says which equation fails, on each way in which the ledger could be wrong', async () => {
    const { pool } = service.delivery;
    const broken = async (sql: string, undo: string): Promise<string[]> => {
      await pool.query(sql);
      const { body } = await reconciliation();
      await pool.query(undo);
      expect(body.addsUp).toBe(false);
      return body.problems.map((problem: { name: string }) => problem.name);
    };
    expect(
      await broken(
        'UPDATE delivery.org_head SET sequence = sequence - 1',
        'UPDATE delivery.org_head SET sequence = sequence + 1',
      ),
    ).toEqual(['heads']);
    expect(
      await broken(
        "UPDATE delivery.segment SET state = 'abandoned'",
        "UPDATE delivery.segment SET state = 'sealed' WHERE sealed_at IS NOT NULL",
      ),
    ).toEqual(['segments']);
    expect(
      await broken(
        `UPDATE delivery.partition SET gap_from = 40, gap_to = 44 WHERE partition = ${partition}`,
        'UPDATE delivery.partition SET gap_from = NULL, gap_to = NULL',
      ),
    ).toEqual(['gap']);
    expect(
      await broken(
        `UPDATE delivery.partition SET stopped_code = 'ledger-ahead', stopped_detail = 'x' WHERE partition = ${partition}`,
        'UPDATE delivery.partition SET stopped_code = NULL',
      ),
    ).toEqual(['sealer']);
    expect((await reconciliation()).body.addsUp).toBe(true);
  });

  it('tells an org nothing of its neighbours, and a member without the permission nothing at all', async () => {
    const { status, body } = await reconciliation('u_ada');
    expect(status).toBe(200);
    expect(body).toMatchObject({ addsUp: true, head: 40, partition: { partition } });
    expect(body.partition).not.toHaveProperty('ledger');
    expect((await reconciliation('u_mel')).status).toBe(403);
    expect((await reconciliation('u_ola')).status).toBe(404);
  });
});

describe('where an event lies', () => {
  it('is told to our own services alone, once it is sealed', async () => {
    const at = (raw: number, subject = 'auditorium-service') =>
      service.get(`/internal/v1/locate?org=${org}&partition=${partition}&rawOffset=${raw}`, subject);
    const found = await at(17);
    expect(found.status).toBe(200);
    const { segment, sequence } = (await found.json()) as { segment: string; sequence: number };
    expect(sequence).toBe(18);
    expect(segment).toMatch(/^segments\//);
    expect((await at(45)).status).toBe(404);
    expect((await at(17, 'u_ada')).status).toBe(403);
  });

  it('is not told of another org', async () => {
    const response = await service.get(
      `/internal/v1/locate?org=org_other&partition=${partition}&rawOffset=17`,
      'auditorium-service',
    );
    expect(response.status).toBe(404);
  });
});

describe('the gaps of the ledger', () => {
  it('are told to operators alone: how far each partition goes, what it lacks, what waits behind', async () => {
    const { pool } = service.delivery;
    await pool.query(
      'UPDATE delivery.partition SET gap_from = 40, gap_to = 44, gap_since = now() WHERE partition = $1',
      [partition],
    );
    const answer = await service.get('/api/v1/gaps/ledger', 'u_operator');
    const { partitions } = (await answer.json()) as { partitions: object[] };
    await pool.query('UPDATE delivery.partition SET gap_from = NULL, gap_to = NULL, gap_since = NULL');
    expect(partitions).toContainEqual(
      expect.objectContaining({
        partition,
        last: 39,
        waiting: 5,
        gap: expect.objectContaining({ from: 40, to: 44 }),
      }),
    );
    expect((await service.get('/api/v1/gaps/ledger', 'u_ada')).status).toBe(403);
  });
});

describe('readiness', () => {
  it('means that the sealer seals', async () => {
    const response = await fetch(new URL('/readyz', service.url));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ checks: { directory: 'ok', sealer: 'ok' } });
  });
});
