import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useIssuer } from '@auditorium/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientCredentials, createAudit } from '../src/index.ts';
import { catalogue } from './support/shop-catalogue.ts';

const asked: { method: string; path: string; body: string; token: string }[] = [];
let status = 200;
const directory = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method, url, headers } = request;
    asked.push({ method: String(method), path: String(url), body, token: String(headers.authorization) });
    response.writeHead(status).end('{"title":"no"}');
  });
});
let issuer: Awaited<ReturnType<typeof useIssuer>>;

beforeAll(async () => {
  issuer = await useIssuer();
  await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  directory.close();
  await issuer?.close();
});

function audit() {
  const url = `http://127.0.0.1:${(directory.address() as AddressInfo).port}`;
  const token = clientCredentials({ issuer: issuer.issuer, clientId: 'shop', clientSecret: 's' });
  return createAudit({ source: 'shop', catalogue, directory: { url, token } });
}

test('an actor is reported to the directory, under an id that may hold anything', async () => {
  await audit().identify({
    org: 'acme',
    id: 'a/b c',
    name: 'Ada',
    email: 'ada@acme.example',
    roles: ['admin'],
  });
  expect(asked[0]).toMatchObject({ method: 'PUT', path: '/api/v1/orgs/acme/actors/user/a%2Fb%20c' });
  expect(JSON.parse(asked[0]!.body)).toEqual({ name: 'Ada', email: 'ada@acme.example', roles: ['admin'] });
  expect(asked[0]!.token).toMatch(/^Bearer .+\..+\..+$/);
});

test('a refusal is an error that says whether trying again helps', async () => {
  status = 503;
  const later = audit().identify({ org: 'acme', id: 'a' });
  await expect(later).rejects.toMatchObject({ code: 'upstream-unavailable', retryable: true });
  status = 400;
  const never = audit().identify({ org: 'acme', id: 'a' });
  await expect(never).rejects.toMatchObject({ code: 'invalid-request', retryable: false });
});
