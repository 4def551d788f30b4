import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  encodeEnrichedHeaders,
  partitionOf,
  topicRequirements,
  topicsOf,
  type RejectionCode,
  type Topics,
  type Verdict,
} from '@auditorium/events';
import { createProducer, ensureTopics, type OutMessage, type Producer } from '@auditorium/kafka';
import { createPool } from '@auditorium/postgres';
import { createLogger } from '@auditorium/telemetry';
import { createDatabase, topicPrefix, useIssuer, useServers, type TestIssuer } from '@auditorium/testing';
import kafkajs from 'kafkajs';
import type pg from 'pg';
import type { Query, QueryCrashPoint } from '../src/open-query.ts';
import { loadQuerySettings, type QuerySettings } from '../src/settings.ts';
import { startQuery } from '../src/start-query.ts';

export const PARTITIONS = 3;
export const silent = createLogger({ service: 'query', level: 'silent' });

/** What stands around the service: real Kafka and PostgreSQL, an issuer, and the HTTP of its two neighbours. */
export interface World {
  readonly topics: Topics;
  readonly producer: Producer;
  readonly settings: QuerySettings;
  readonly database: pg.Pool;
  readonly databaseUrl: string;
  readonly issuer: TestIssuer;
  /** Names by `type/id/version`, and what delivery says of `partition/rawOffset`. */
  readonly names: Map<string, { name: string | null; email: string | null }>;
  readonly places: Map<string, object>;
  readonly questions: { names: number };
  close(): Promise<void>;
}

export async function createWorld(databaseUrlOf = createDatabase): Promise<World> {
  const { kafkaBrokers } = await useServers();
  const prefix = topicPrefix();
  const topics = topicsOf(prefix);
  const requirements = topicRequirements(topics, { partitions: PARTITIONS, replication: 1 });
  await ensureTopics({ brokers: kafkaBrokers, requirements, create: true });
  const databaseUrl = await databaseUrlOf();
  const issuer = await useIssuer();
  const names: World['names'] = new Map();
  const places: World['places'] = new Map();
  const questions = { names: 0 };
  const neighbours = await startNeighbours(names, places, questions);
  const producer = createProducer({ brokers: kafkaBrokers, clientId: 'test' });
  const database = createPool({ url: databaseUrl, applicationName: 'test', max: 5 });
  const settings = loadQuerySettings({
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_PORT: '0',
    AUDITORIUM_LOG_LEVEL: 'silent',
    AUDITORIUM_KAFKA_BROKERS: kafkaBrokers.join(','),
    AUDITORIUM_TOPIC_PREFIX: prefix,
    AUDITORIUM_PARTITIONS: String(PARTITIONS),
    AUDITORIUM_REPLICATION: '1',
    AUDITORIUM_DATABASE_URL: databaseUrl,
    AUDITORIUM_OIDC_ISSUER: issuer.issuer,
    AUDITORIUM_OIDC_CLIENT_ID: 'auditorium-service',
    AUDITORIUM_OIDC_CLIENT_SECRET: 'secret',
    AUDITORIUM_OPERATORS: 'operator',
    AUDITORIUM_DIRECTORY_URL: neighbours.url,
    AUDITORIUM_DELIVERY_URL: neighbours.url,
  });
  const close = async (): Promise<void> => {
    await Promise.all([producer.close(), database.end(), issuer.close(), neighbours.close()]);
  };
  return { topics, producer, settings, database, databaseUrl, issuer, names, places, questions, close };
}

async function startNeighbours(
  names: World['names'],
  places: World['places'],
  questions: World['questions'],
): Promise<{ url: string; close(): Promise<void> }> {
  const answer = async (request: IncomingMessage): Promise<object | undefined> => {
    const url = new URL(request.url ?? '/', 'http://test');
    if (url.pathname === '/internal/v1/locate') {
      return places.get(`${url.searchParams.get('partition')}/${url.searchParams.get('rawOffset')}`);
    }
    questions.names += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { actors } = JSON.parse(Buffer.concat(chunks).toString()) as {
      actors: { type: string; id: string; version?: number }[];
    };
    return {
      names: actors.flatMap((actor) => {
        const known = names.get(`${actor.type}/${actor.id}/${actor.version ?? ''}`);
        return known ? [{ ...actor, ...known }] : [];
      }),
    };
  };
  const server = createServer((request, response) => {
    void answer(request).then((body) => {
      response.statusCode = body ? 200 : 404;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The running service with somebody's token. */
export interface Service {
  readonly url: string;
  readonly query: Query;
  readonly fatal: unknown[];
  get(subject: string, path: string): Promise<Answer>;
  post(subject: string, path: string, body?: object): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // eslint-disable-next-line typescript/no-explicit-any -- an answer is what the test says it is
  readonly body: any;
}

export async function startService(
  world: World,
  reached?: (point: QueryCrashPoint) => void | Promise<void>,
): Promise<Service> {
  const fatal: unknown[] = [];
  const service = await startQuery({
    settings: world.settings,
    log: silent,
    onFatal: (error) => fatal.push(error),
    ...(reached && { reached }),
  });
  await service.query.directory.caughtUp;
  const call = async (method: string, subject: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(new URL(path, service.url), {
      method,
      headers: {
        authorization: `Bearer ${world.issuer.tokenFor(subject)}`,
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    url: service.url,
    query: service.query,
    fatal,
    get: (subject, path) => call('GET', subject, path),
    post: (subject, path, body) => call('POST', subject, path, body ?? {}),
    stop: () => service.stop(),
  };
}

/** Publishes an org as the directory does. */
export async function publishOrg(
  world: World,
  org: string,
  members: { user: string; admin: boolean; permissions: string[] }[],
  version = 1,
): Promise<void> {
  const { topics, producer } = world;
  const slug = org.replace('org_', '');
  const send = (topic: string, record: object) =>
    producer.send(topic, partitionOf(org, PARTITIONS), [
      { key: org, value: Buffer.from(JSON.stringify(record)) },
    ]);
  await send(topics.orgs, { org, slug, name: slug, plan: 'enterprise', version });
  await send(topics.access, { org, version, members });
}

/** An accepted event as enrichment writes it, with what a test cares about. */
export function lineOf(org: string, fields: Record<string, unknown> = {}): Buffer {
  const { data, ...top } = fields as { data?: object };
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `e-${Math.random()}`,
      source: 'shop',
      type: 'project.renamed',
      time: '2026-11-21T01:00:00Z',
      orgid: org,
      ...top,
      data: {
        actor: { type: 'user', id: 'u_1' },
        targets: [{ type: 'project', id: 'p_7', name: 'Apollo' }],
        outcome: 'success',
        ...data,
      },
      acceptedtime: '2026-11-21T01:00:01.500Z',
      actorversion: 1,
      ...('acceptedtime' in top ? { acceptedtime: top['acceptedtime'] } : {}),
    }),
  );
}

export interface VerdictOn {
  readonly raw: number;
  readonly from?: number;
  readonly verdict?: Verdict;
  readonly code?: RejectionCode;
  readonly key?: string | null;
  readonly value?: Buffer | null;
}

export function verdictMessage(
  org: string,
  { raw, from = raw, verdict = 'accepted', code, key = org, value }: VerdictOn,
): OutMessage {
  const bytes = value === undefined ? lineOf(org, { id: `e-${raw}` }) : value;
  const digest = createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
    .slice(0, 32);
  return {
    key,
    value: verdict === 'repeat' ? null : bytes,
    headers: encodeEnrichedHeaders({
      verdict,
      rawOffset: raw,
      rawFrom: from,
      digest,
      ...(verdict === 'rejected' && { code: code ?? 'not-json', length: bytes?.length ?? 0 }),
    }),
  };
}

/** Writes verdicts to the enriched partition of an org. */
export async function writeVerdicts(world: World, org: string, verdicts: VerdictOn[]): Promise<void> {
  const messages = verdicts.map((verdict) => verdictMessage(org, verdict));
  for (let at = 0; at < messages.length; at += 300) {
    await world.producer.send(
      world.topics.enriched,
      partitionOf(org, PARTITIONS),
      messages.slice(at, at + 300),
    );
  }
}

/** Deletes what lies before an offset of an org's partition of enriched, as retention does. */
export async function cutBefore(world: World, org: string, offset: number): Promise<void> {
  const brokers = [...world.settings.AUDITORIUM_KAFKA_BROKERS];
  const kafka = new kafkajs.Kafka({ clientId: 'admin', brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const topic = world.topics.enriched;
  await admin.connect();
  // Loads the metadata that deleteTopicRecords takes for granted.
  await admin.fetchTopicMetadata({ topics: [topic] });
  const partition = partitionOf(org, PARTITIONS);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  await admin.disconnect();
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** Raw offsets in the projection of an org, in order. */
export async function projectedOffsets(world: World, org: string): Promise<number[]> {
  const { rows } = await world.database.query<{ raw_offset: number }>(
    'SELECT raw_offset FROM query.event WHERE org = $1 ORDER BY raw_offset',
    [org],
  );
  return rows.map(({ raw_offset }) => raw_offset);
}

/** The last raw offset that the projection of an org's partition accounts for. */
export async function projectedTo(world: World, org: string): Promise<number> {
  const { rows } = await world.database.query<{ raw_last: number }>(
    'SELECT raw_last FROM query.checkpoint WHERE partition = $1',
    [partitionOf(org, PARTITIONS)],
  );
  return rows[0]?.raw_last ?? -1;
}
