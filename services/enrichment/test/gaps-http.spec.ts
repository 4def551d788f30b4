import { bootstrap, type RunningService } from '@auditorium/http';
import { loadSettings } from '@auditorium/settings';
import { useIssuer, type TestIssuer } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { openEnrichment, type Enrichment } from '../src/open-enrichment.ts';
import { enrichmentSettings } from '../src/settings.ts';
import { Bench, silent } from './harness.ts';

let bench: Bench;
let issuer: TestIssuer;
let enrichment: Enrichment;
let service: RunningService;

beforeAll(async () => {
  bench = await Bench.create();
  issuer = await useIssuer();
  const settings = loadSettings(enrichmentSettings, {
    ...bench.env,
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_OIDC_ISSUER: issuer.issuer,
    AUDITORIUM_OPERATORS: 'operator',
  });
  enrichment = await openEnrichment(settings, silent);
  service = await bootstrap({
    module: AppModule.over(enrichment),
    settings,
    log: silent,
    service: 'enrichment',
    drain: () => enrichment.drain(),
  });
});
afterAll(async () => {
  await service.stop();
  await issuer.close();
  await Bench.closeAll();
});

async function call(subject: string | undefined, method: string, path: string, body?: object) {
  const token = subject && { authorization: `Bearer ${issuer.tokenFor(subject)}` };
  const response = await fetch(new URL(path, service.url), {
    method,
    headers: { 'content-type': 'application/json', ...token },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const range = { from: 5, to: 6, reason: 'gone' };

describe('the gaps', () => {
  it('are for operators alone, and what stands still for our own services', async () => {
    const asked = [
      ['GET', '/api/v1/gaps/enrichment'],
      ['POST', '/api/v1/gaps/0/refill'],
      ['POST', '/api/v1/gaps/0/accept', range],
    ] as const;
    for (const [method, path, body] of asked) {
      expect((await call(undefined, method, path, body)).status).toBe(401);
      expect((await call('u_ada', method, path, body)).status).toBe(403);
      expect((await call('auditorium-service', method, path, body)).status).toBe(403);
    }
    expect((await call('operator', 'GET', '/internal/v1/stops')).status).toBe(403);
    expect(await call('auditorium-service', 'GET', '/internal/v1/stops')).toEqual({
      status: 200,
      body: { stops: [] },
    });
    expect((await call(undefined, 'GET', '/livez')).status).toBe(200);
  });

  it('say what stands still, and refuse what makes no sense', async () => {
    expect(await call('operator', 'GET', '/api/v1/gaps/enrichment')).toEqual({
      status: 200,
      body: { partitions: [], losses: [], refills: [] },
    });
    const accept = (body: object, partition = '0') =>
      call('operator', 'POST', `/api/v1/gaps/${partition}/accept`, body);
    expect((await accept(range)).status).toBe(409);
    expect((await accept({ ...range, reason: '  ' })).status).toBe(400);
    expect((await accept({ ...range, from: -1 })).status).toBe(400);
    expect((await accept({ from: 5, to: 6 })).status).toBe(400);
    expect((await accept(range, 'x')).status).toBe(400);
    expect((await accept(range, '99')).status).toBe(404);
    expect((await call('operator', 'POST', '/api/v1/gaps/0/refill', { from: 77 })).status).toBe(409);
    const { rows } = await enrichment.pool.query('SELECT count(*)::int AS n FROM enrichment.audit_outbox');
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('take a wish once, however often it is asked', async () => {
    const refill = () => call('operator', 'POST', '/api/v1/gaps/0/refill', { from: 0 });
    expect(await refill()).toEqual({ status: 202, body: { asked: true } });
    expect(await refill()).toEqual({ status: 202, body: { asked: false } });
    const { body } = await call('operator', 'GET', '/api/v1/gaps/enrichment');
    expect(body.refills).toMatchObject([{ partition: 0, from: 0, by: 'operator', done: null }]);
  });
});
