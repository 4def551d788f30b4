import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { createLogger } from '@auditorium/telemetry';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  bootstrap,
  Caller,
  createInternalClient,
  OperatorOnly,
  Principal,
  Problem,
  Public,
  ServiceOnly,
  serviceToken,
} from '../src/index.ts';
import type { RunningService } from '../src/index.ts';

const thing = z.object({ name: z.string().min(1), count: z.number().int() });
const gate = { opened: Promise.resolve() };

@Controller('api/v1')
class ThingController {
  @Get('me')
  me(@Principal() principal: Principal): object {
    return principal;
  }
  @Get('caller')
  caller(@Caller() { context }: Caller): object {
    return context;
  }
  @Post('things')
  create(@Body({ schema: thing }) body: z.infer<typeof thing>): object {
    return body;
  }
  @Get('broken/:how')
  broken(@Param('how') how: string): object {
    if (how === 'problem') throw Problem.forbidden('this needs ORG-ADMIN', { missing: 'ORG-ADMIN' });
    if (how === 'retry')
      throw new AuditoriumError('database-unavailable', 'no connection', { retryable: true });
    throw new Error('postgresql://app:hunter2@db exploded');
  }
  @Get('slow')
  async slow(): Promise<object> {
    await gate.opened;
    return { done: true };
  }
  @Public()
  @Get('open')
  open(): object {
    return { open: true };
  }
  @ServiceOnly()
  @Get('services')
  services(): object {
    return { ok: true };
  }
  @OperatorOnly()
  @Get('operators')
  operators(): object {
    return { ok: true };
  }
}

@Module({ controllers: [ThingController] })
class ThingModule {}

let issuer: string;
let issuerServer: Server;
let key: CryptoKey;
let tokensGiven = 0;
let service: RunningService;
let lines: string[];
let healthy = true;
const unavailable = new AuditoriumError('database-unavailable', 'gone', { facts: { partitions: [3, 4] } });
let drained = false;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
  issuerServer = createServer((request, response) => {
    const json = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/keys') return void json({ keys: [jwk] });
    if (request.url !== '/token')
      return void json({ issuer, jwks_uri: `${issuer}/keys`, token_endpoint: `${issuer}/token` });
    tokensGiven++;
    if (request.headers.authorization !== `Basic ${btoa('svc:s3cret')}`) return void json({}, 401);
    void tokenFor('auditorium-service').then((access_token) => json({ access_token, expires_in: 600 }));
  });
  await new Promise<void>((done) => issuerServer.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${String((issuerServer.address() as AddressInfo).port)}`;
});
afterAll(() => void issuerServer.close());

beforeEach(async () => {
  lines = [];
  healthy = true;
  drained = false;
  service = await bootstrap({
    module: ThingModule,
    service: 'test',
    settings: {
      AUDITORIUM_HOST: '127.0.0.1',
      AUDITORIUM_PORT: 0,
      AUDITORIUM_LOG_LEVEL: 'info',
      AUDITORIUM_OIDC_ISSUER: issuer,
      AUDITORIUM_OIDC_AUDIENCE: 'auditorium',
      AUDITORIUM_OPERATORS: ['u_op'],
      AUDITORIUM_SERVICE_SUBJECTS: ['auditorium-service'],
    },
    log: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }),
    readiness: () => ({
      postgres: () => (healthy ? Promise.resolve() : Promise.reject(unavailable)),
    }),
    drain: async () => void (drained = true),
  });
});
afterEach(() => service.stop());

function tokenFor(
  subject: string,
  changes: { audience?: string; issuer?: string; expires?: string; key?: CryptoKey; claims?: object } = {},
): Promise<string> {
  return new SignJWT({ name: 'Ada', sub: subject, ...changes.claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(changes.issuer ?? issuer)
    .setAudience(changes.audience ?? 'auditorium')
    .setExpirationTime(changes.expires ?? '5m')
    .sign(changes.key ?? key);
}

async function call(
  path: string,
  token?: string,
  { headers = {}, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${service.url}${path}`, {
    ...init,
    headers: { ...headers, ...authorization, 'content-type': 'application/json' },
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}

describe('a caller', () => {
  it('is known by a good token', async () => {
    const { status, body, headers } = await call('/api/v1/me', await tokenFor('u_ada'));
    expect([status, body]).toEqual([200, { subject: 'u_ada', name: 'Ada', operator: false, service: false }]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('without one, or with a token that is forged, expired, of another audience or issuer, is told 401 as problem+json', async () => {
    const stranger = (await generateKeyPair('ES256')).privateKey;
    const bad = [
      undefined,
      'x.y.z',
      `${btoa('{"alg":"none"}')}.${btoa('{"sub":"u_ada"}')}.`,
      await tokenFor('u_ada', { audience: 'other' }),
      await tokenFor('u_ada', { issuer: 'http://evil' }),
      await tokenFor('u_ada', { expires: '-1m' }),
      await tokenFor('u_ada', { key: stranger }),
      await tokenFor('u_ada', { claims: { sub: ['u_ada'] } }),
    ];
    for (const token of bad) {
      const { status, body, headers } = await call('/api/v1/me', token);
      expect([status, body['code']]).toEqual([401, 'unauthenticated']);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('comes from where a trusted proxy saw it, whatever the caller claims', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.66, 203.0.113.7' };
    const { body } = await call('/api/v1/caller', await tokenFor('u_ada'), { headers });
    expect(body['ip']).toBe('203.0.113.7');
    const strict = await bootstrap({
      module: ThingModule,
      service: 'strict',
      settings: {
        AUDITORIUM_HOST: '127.0.0.1',
        AUDITORIUM_PORT: 0,
        AUDITORIUM_LOG_LEVEL: 'silent',
        AUDITORIUM_TRUSTED_PROXIES: ['127.0.0.1'],
        AUDITORIUM_OIDC_ISSUER: issuer,
      },
    });
    const inside = {
      authorization: `Bearer ${await tokenFor('u_ada')}`,
      'x-forwarded-for': '198.51.100.66, 10.1.2.3',
    };
    const answer = await fetch(`${strict.url}/api/v1/caller`, { headers: inside });
    expect(await answer.json()).toMatchObject({ ip: '10.1.2.3' });
    await strict.stop();
  });

  it('reaches what is meant for services or operators only as one', async () => {
    expect((await call('/api/v1/services', await tokenFor('u_ada'))).status).toBe(403);
    expect((await call('/api/v1/services', await tokenFor('auditorium-service'))).status).toBe(200);
    expect((await call('/api/v1/operators', await tokenFor('auditorium-service'))).status).toBe(403);
    expect((await call('/api/v1/operators', await tokenFor('u_op'))).status).toBe(200);
    expect((await call('/api/v1/open')).status).toBe(200);
  });

  it('whose keys cannot be fetched is told to come again, not that the token is bad', async () => {
    const lost = await bootstrap({
      module: ThingModule,
      service: 'lost',
      settings: {
        AUDITORIUM_HOST: '127.0.0.1',
        AUDITORIUM_PORT: 0,
        AUDITORIUM_LOG_LEVEL: 'silent',
        AUDITORIUM_OIDC_ISSUER: 'http://127.0.0.1:1',
      },
    });
    const authorization = `Bearer ${await tokenFor('u_ada')}`;
    const response = await fetch(`${lost.url}/api/v1/me`, { headers: { authorization } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${lost.url}/readyz`)).status).toBe(503);
    await lost.stop();
  });
});

describe('an answer that is no success', () => {
  it('names every field that is wrong', async () => {
    const { status, body } = await call('/api/v1/things', await tokenFor('u'), {
      method: 'POST',
      body: '{"name":"","count":1.5}',
    });
    expect([status, body['code']]).toEqual([400, 'invalid-request']);
    expect((body['errors'] as { path: string }[]).map((error) => error.path)).toEqual(['name', 'count']);
  });

  it('is a problem document for bodies that are not JSON or too large, and for routes that are not there', async () => {
    const token = await tokenFor('u');
    const large = JSON.stringify({ name: 'x'.repeat(2_000_000), count: 1 });
    expect((await call('/api/v1/things', token, { method: 'POST', body: '{' })).body).toMatchObject({
      status: 400,
    });
    expect((await call('/api/v1/things', token, { method: 'POST', body: large })).body).toMatchObject({
      status: 413,
      code: 'too-large',
    });
    expect((await call('/api/v1/nowhere', token)).body).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('carries what the code added', async () => {
    const { status, body } = await call('/api/v1/broken/problem', await tokenFor('u'));
    expect([status, body['missing'], body['title']]).toEqual([403, 'ORG-ADMIN', 'Forbidden']);
    expect((await call('/api/v1/broken/retry', await tokenFor('u'))).status).toBe(503);
  });

  it('tells nothing of what broke inside; the log does, without secrets, and finds it by the request id', async () => {
    const { status, body } = await call('/api/v1/broken/inside?text=private', await tokenFor('u'), {
      headers: { 'x-request-id': 'r-1' },
    });
    expect([status, body['code'], body['requestId']]).toEqual([500, 'internal', 'r-1']);
    expect(JSON.stringify(body)).not.toContain('exploded');
    const log = lines.join('');
    expect(log).toContain('exploded');
    expect(log).toContain('r-1');
    expect(log).not.toMatch(/hunter2|Bearer ey|text=private/);
  });
});

describe('health', () => {
  it('is alive while not ready, and names the check that failed', async () => {
    expect((await call('/readyz')).body).toEqual({
      status: 'ready',
      checks: { 'identity-provider': 'ok', postgres: 'ok' },
    });
    healthy = false;
    const { status, body } = await call('/readyz');
    expect([status, body['checks']]).toEqual([
      503,
      { 'identity-provider': 'ok', postgres: 'database-unavailable: partition 3, 4' },
    ]);
    expect((await call('/livez')).status).toBe(200);
  });

  it('is asked every few seconds, and logs a failing check once until it is well again', async () => {
    const said = (): number => lines.filter((line) => line.includes('"not ready"')).length;
    healthy = false;
    for (let asked = 0; asked < 3; asked += 1) await call('/readyz');
    expect(said()).toBe(1);
    healthy = true;
    await call('/readyz');
    healthy = false;
    await call('/readyz');
    expect(said()).toBe(2);
  });

  it('describes the API with its schemas', async () => {
    const { body } = await call('/openapi.json');
    expect(Object.keys(body['paths'] as object)).toContain('/api/v1/things');
    expect(JSON.stringify(body)).toContain('"count"');
  });
});

describe('stopping', () => {
  it('finishes the request that is under way, drains, and takes no new one', async () => {
    let open = (): void => undefined;
    gate.opened = new Promise<void>((resolve) => (open = resolve));
    const slow = call('/api/v1/slow', await tokenFor('u'));
    await expect
      .poll(
        () =>
          new Promise((done) => (service.app.getHttpServer() as Server).getConnections((_, n) => done(n))),
      )
      .toBeGreaterThan(0);
    await new Promise((done) => setTimeout(done, 100));
    const stopped = service.stop();
    await expect(fetch(`${service.url}/livez`)).rejects.toThrow();
    open();
    expect((await slow).body).toEqual({ done: true });
    await stopped;
    expect(drained).toBe(true);
  });
});

describe('calls between services', () => {
  it('carry our own token, asked for once', async () => {
    const token = serviceToken({ issuer, clientId: 'svc', clientSecret: 's3cret', audience: 'auditorium' });
    const before = tokensGiven;
    const client = createInternalClient({ baseUrl: service.url, token });
    expect(await Promise.all([client.get('/api/v1/services'), client.get('/api/v1/services')])).toEqual([
      { ok: true },
      { ok: true },
    ]);
    expect(tokensGiven - before).toBe(1);
    expect(await client.get('/api/v1/nowhere')).toBeUndefined();
  });

  it('fail with a code that says whether to try again', async () => {
    const refused = serviceToken({ issuer, clientId: 'svc', clientSecret: 'wrong', audience: 'auditorium' });
    const notRetryable = await refused().catch(
      (error: unknown) => isAuditoriumError(error, 'unauthenticated') && !error.retryable,
    );
    expect(notRetryable).toBe(true);
    const nobody = createInternalClient({ baseUrl: 'http://127.0.0.1:1', token: () => Promise.resolve('t') });
    const retryable = await nobody
      .get('/x')
      .catch((error: unknown) => isAuditoriumError(error, 'upstream-unavailable') && error.retryable);
    expect(retryable).toBe(true);
  });
});
