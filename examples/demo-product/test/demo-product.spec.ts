import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkEvent, topicRequirements, topicsOf } from '@auditorium/events';
import { ensureTopics, logOffsets, readPartition } from '@auditorium/kafka';
import { loadSettings } from '@auditorium/settings';
import { createDatabase, topicPrefix, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoSettings } from '../src/settings.ts';
import type { DemoProduct } from '../src/start-demo-product.ts';
import { startDemoProduct } from '../src/start-demo-product.ts';

const PARTITIONS = 12;
const prefix = topicPrefix();
const topic = topicsOf(prefix).raw;

/** What the directory was told: a stand-in that also issues tokens. */
const told: { path: string; body: { name: string; email: string; roles: string[] } }[] = [];
let away = true;
const directory = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const url = `http://${request.headers.host}`;
    const body = Buffer.concat(chunks).toString();
    response.setHeader('content-type', 'application/json');
    if (request.url?.startsWith('/.well-known'))
      response.end(JSON.stringify({ token_endpoint: `${url}/token` }));
    else if (request.url === '/token') response.end('{"access_token":"t","expires_in":3600}');
    else if (away) response.writeHead(503).end('{}');
    else {
      told.push({ path: String(request.url), body: JSON.parse(body) });
      response.end('{}');
    }
  });
});

let brokers: string[];
let product: DemoProduct;

beforeAll(async () => {
  brokers = (await useServers()).kafkaBrokers;
  const requirements = topicRequirements(topicsOf(prefix), { replication: 1, partitions: PARTITIONS });
  await ensureTopics({
    brokers,
    create: true,
    requirements: requirements.filter((each) => each.topic === topic),
  });
  await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve));
  product = await start(0);
});

afterAll(async () => {
  await product?.stop();
  directory.close();
});

async function start(eventsPerMinute: number): Promise<DemoProduct> {
  const directoryUrl = `http://127.0.0.1:${(directory.address() as AddressInfo).port}`;
  const database = new URL(await createDatabase());
  const own = new URL(database);
  own.pathname = `${database.pathname}_product`;
  return startDemoProduct(
    loadSettings(demoSettings, {
      AUDITORIUM_HOST: '127.0.0.1',
      AUDITORIUM_PORT: '0',
      AUDITORIUM_LOG_LEVEL: 'silent',
      AUDITORIUM_KAFKA_BROKERS: brokers.join(','),
      AUDITORIUM_TOPIC_PREFIX: prefix,
      AUDITORIUM_PARTITIONS: String(PARTITIONS),
      AUDITORIUM_DATABASE_URL: database.href,
      AUDITORIUM_OIDC_ISSUER: directoryUrl,
      AUDITORIUM_OIDC_CLIENT_ID: 'demo',
      AUDITORIUM_OIDC_CLIENT_SECRET: 'secret',
      AUDITORIUM_DIRECTORY_URL: directoryUrl,
      AUDITORIUM_DEMO_DATABASE_URL: own.href,
      AUDITORIUM_DEMO_EVENTS_PER_MINUTE: String(eventsPerMinute),
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly body: { id: string };
}

async function ask(method: string, path: string, user: string | undefined, body?: object): Promise<Answer> {
  const response = await fetch(`${product.url}/orgs/org_acme/${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'a browser',
      'x-forwarded-for': '192.0.2.7',
      'x-request-id': 'r-1',
      ...(user !== undefined && { authorization: `Bearer ${user}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly data: Record<string, unknown> & { outcome: string; actor: { id: string }; context: object };
}

async function events(): Promise<Event[]> {
  const all: Event[] = [];
  for (const partition of (await logOffsets(brokers, topic)).keys()) {
    for await (const { messages } of readPartition({ brokers, topic, partition, from: 0 })) {
      for (const { key, value, timestamp } of messages) {
        expect(checkEvent(value, key, timestamp)).toMatchObject({ ok: true });
        all.push(JSON.parse(String(value)));
      }
    }
  }
  return all;
}

async function until<T>(look: () => Promise<T>, isGood: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await look();
    if (isGood(found) || tries === 200) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('what people do, what fails and what is denied reaches Kafka, each once', async () => {
  const made = await ask('POST', 'projects', 'u_mel', { name: 'Checkout' });
  expect(made.status).toBe(201);
  const id = made.body.id;
  const renamed = await ask('PATCH', `projects/${id}`, 'u_mel', { name: 'Payments', region: 'us-east' });
  const denied = await ask('DELETE', `projects/${id}`, 'u_mel');
  const conflict = await ask('POST', 'projects', 'u_ada', { name: 'Payments' });
  const invalid = await ask('PATCH', `projects/${id}`, 'u_ada', { region: 'moon' });
  const anonymous = await ask('DELETE', `projects/${id}`, undefined);
  expect([renamed, denied, conflict, invalid, anonymous].map(({ status }) => status)).toEqual([
    200, 403, 409, 400, 401,
  ]);

  const found = await until(events, (all) => all.length >= 7);
  expect(found.map(({ type, subject, data }) => [type, subject, data.actor.id, data.outcome])).toEqual([
    ['project.created', `project/${id}`, 'u_mel', 'success'],
    ['project.renamed', `project/${id}`, 'u_mel', 'success'],
    ['project.configured', `project/${id}`, 'u_mel', 'success'],
    ['project.deleted', `project/${id}`, 'u_mel', 'denied'],
    ['project.created', 'project/new', 'u_ada', 'failure'],
    ['project.renamed', `project/${id}`, 'u_ada', 'failure'],
    ['project.deleted', `project/${id}`, 'anonymous', 'denied'],
  ]);
  expect(found[1]?.data).toMatchObject({
    before: { name: 'Checkout' },
    after: { name: 'Payments' },
    context: { ip: '192.0.2.7', userAgent: 'a browser', requestId: 'r-1' },
  });
});

test('an organisation that somebody made up in a path gets no events', async () => {
  const before = (await events()).length;
  const response = await fetch(`${product.url}/orgs/org_evil/projects/p_1`, { method: 'DELETE' });
  expect(response.status).toBe(401);
  await ask('DELETE', 'keys/k_none', 'u_ada');
  const after = await until(events, (all) => all.length > before);
  expect(after.slice(before).map(({ type }) => type)).toEqual(['key.revoked']);
});

test('the members are reported to the directory once it answers, and so is who joins', async () => {
  away = false;
  await until(
    () => Promise.resolve(told.length),
    (count) => count >= 9,
  );
  expect(told).toContainEqual({
    path: '/api/v1/orgs/org_acme/actors/user/u_ada',
    body: { name: 'Ada Marsh', email: 'ada@acme.example', roles: ['admin'] },
  });
  const { body, status } = await ask('POST', 'members', 'u_ada', {
    name: 'Iris Blom',
    email: 'iris@acme.example',
  });
  expect(status).toBe(201);
  expect(told.at(-1)?.body).toEqual({ name: 'Iris Blom', email: 'iris@acme.example', roles: ['viewer'] });
  expect(body).toMatchObject({ role: 'viewer' });
});

test('the built-in traffic makes a believable mix for both organisations', async () => {
  const before = (await events()).length;
  const busy = await start(60_000);
  const all = await until(events, (found) => found.length > before + 150);
  await busy.stop();
  const made = all.slice(before);
  const kinds = new Set(made.map(({ type }) => type));
  expect(kinds.size).toBeGreaterThan(8);
  expect(new Set(made.map(({ data }) => data.outcome))).toEqual(new Set(['success', 'failure', 'denied']));
  expect(made.filter(({ data }) => data.outcome === 'success').length).toBeGreaterThan(made.length / 2);
});
