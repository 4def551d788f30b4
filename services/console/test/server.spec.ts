import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningService } from '@auditorium/http';
import { consoleSettings } from '../src/settings.ts';
import { startConsole } from '../src/start-console.ts';

const PAGE = '<!doctype html><title>Auditorium</title>';

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A service that remembers what it was asked, and answers as the real ones do. */
async function openUpstream(name: string, seen: Seen[]): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        method: request.method!,
        url: request.url!,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const status = request.url!.includes('forbidden') ? 403 : 200;
      response.writeHead(status, {
        'content-type': status === 403 ? 'application/problem+json' : 'application/json',
      });
      response.end(JSON.stringify({ name, missing: 'LOG-MANAGEMENT' }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('the console server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-server-'));
  const seen: Seen[] = [];
  let upstreams: Server[] = [];
  let running: RunningService;

  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), PAGE);
    writeFileSync(join(folder, 'assets/app-1a2b.js'), 'export const text = "auditorium";'.repeat(50));
    const [directory, query] = await Promise.all([
      openUpstream('directory', seen),
      openUpstream('query', seen),
    ]);
    upstreams = [directory.server, query.server];
    const settings = consoleSettings.parse({
      AUDITORIUM_HOST: '127.0.0.1',
      AUDITORIUM_PORT: '0',
      AUDITORIUM_LOG_LEVEL: 'silent',
      AUDITORIUM_OIDC_ISSUER: 'https://id.example/realm',
      AUDITORIUM_CONSOLE_CONNECT_ORIGINS: 'https://tokens.example/oauth',
      AUDITORIUM_DIRECTORY_URL: directory.url,
      AUDITORIUM_QUERY_URL: query.url,
      // Nobody listens on port 1: a service that is away.
      AUDITORIUM_DELIVERY_URL: 'http://127.0.0.1:1',
      AUDITORIUM_ENRICHMENT_URL: 'http://127.0.0.1:1',
    });
    running = await startConsole(settings, folder);
  });
  beforeEach(() => void seen.splice(0));
  afterAll(async () => {
    await running.stop();
    for (const server of upstreams) server.close();
    rmSync(folder, { recursive: true });
  });
  const get = (path: string, init?: RequestInit) => fetch(running.url + path, init);

  it('tells the browser where to sign in, and nothing else', async () => {
    expect(await (await get('/config.json')).json()).toEqual({
      issuer: 'https://id.example/realm',
      clientId: 'auditorium-console',
      scope: 'openid profile email offline_access',
      resource: null,
    });
  });

  it.each(['/', '/orgs/acme/events', '/orgs/acme/events/4-12?range=7d', '/signed-in'])(
    'answers %s with the page',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toBe(PAGE);
    },
  );

  it('lets named files be kept for ever, packed for those who can unpack', async () => {
    const response = await get('/assets/app-1a2b.js');
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toContain('auditorium');
    const again = await get('/assets/app-1a2b.js', {
      headers: { 'if-none-match': response.headers.get('etag')! },
    });
    expect(again.status).toBe(304);
  });

  it('does not answer a file that is not there with the page', async () => {
    const response = await get('/assets/app-old.js');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('hands out no file from outside its folder', async () => {
    for (const path of ['/../package.json', '/..%2f..%2fpackage.json', '/assets/..%2f..%2f..%2fetc/passwd'])
      expect(await (await get(path)).text()).not.toMatch(/"name"|root:/);
  });

  it('forbids inline scripts, frames and strangers on every answer', async () => {
    for (const path of ['/', '/config.json', '/assets/app-1a2b.js', '/api/v1/me', '/nothing.txt']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self' https://id.example https://tokens.example;");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('forwards method, path, query, token and body unchanged, and no cookie', async () => {
    const path = '/api/v1/orgs/acme/members?dry=%20run';
    const body = JSON.stringify({ users: ['u_1'], note: 'ä' });
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer abc',
      cookie: '_session=secret',
    };
    const response = await get(path, { method: 'POST', body, headers });
    expect(await response.json()).toMatchObject({ name: 'directory' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', url: path, body });
    expect(seen[0]!.headers.authorization).toBe('Bearer abc');
    expect(seen[0]!.headers.cookie).toBeUndefined();
    expect(seen[0]!.headers['x-request-id']).toBe(response.headers.get('x-request-id'));
  });

  it('adds the address it saw to the one that the caller claims, which a log would believe otherwise', async () => {
    await get('/api/v1/me', { headers: { 'x-forwarded-for': '203.0.113.66' } });
    expect(seen[0]!.headers['x-forwarded-for']).toBe('203.0.113.66, 127.0.0.1');
  });

  it('gives a body of unknown length to the service as one request', async () => {
    const body = new Blob(['{"plan":"enterprise"}']).stream();
    const headers = { 'content-type': 'application/json' };
    const answer = await get('/api/v1/orgs/acme/plan', {
      method: 'PUT',
      headers,
      body,
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(200);
    expect(seen[0]!.body).toBe('{"plan":"enterprise"}');
    expect(seen[0]!.headers).not.toHaveProperty('transfer-encoding');
  });

  it('passes a refusal on as the service put it', async () => {
    const response = await get('/api/v1/orgs/forbidden/events');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ name: 'query', missing: 'LOG-MANAGEMENT' });
  });

  it('keeps the internal surface out of reach', async () => {
    for (const path of [
      '/internal/v1/names',
      '/api/v1/orgs/acme/events/..%2f..%2f..%2f..%2finternal/v1/names',
      '/api/v1/secret',
    ]) {
      const response = await get(path, { method: 'POST' });
      expect(response.status).toBe(404);
    }
    expect(seen).toEqual([]);
  });

  it('says which service is away, and stays ready itself', async () => {
    const response = await get('/api/v1/orgs/acme/destinations');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'upstream-unavailable',
      detail: expect.stringContaining('delivery') as string,
    });
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/livez')).status).toBe(200);
  });
});
