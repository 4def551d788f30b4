import { topicsOf } from '@auditorium/events';
import type { RunningService } from '@auditorium/http';
import { readPartition } from '@auditorium/kafka';
import { loadSettings } from '@auditorium/settings';
import { createLogger } from '@auditorium/telemetry';
import { createDatabase, topicPrefix, useIssuer, useServers } from '@auditorium/testing';
import type { TestIssuer } from '@auditorium/testing';
import { directorySettings } from '../src/settings.ts';
import { startDirectory } from '../src/start-directory.ts';
import type { StartOptions } from '../src/start-directory.ts';

export const PARTITIONS = 3;

/** A directory with a database, topics and an issuer of its own; any number of instances of it. */
export interface World {
  readonly env: Record<string, string>;
  readonly databaseUrl: string;
  readonly lines: string[];
  start(options?: Omit<StartOptions, 'log'>, changes?: Record<string, string>): Promise<RunningService>;
  /** Calls an instance as `subject`; the body is JSON. */
  as(subject: string, url?: string): Call;
  /** Every message of a topic, in the order of each partition. */
  read(
    topic: 'orgs' | 'access' | 'actors' | 'raw',
    prefix?: string,
  ): Promise<{ partition: number; key: string; value: string; json: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

export async function createWorld(): Promise<World> {
  const [servers, databaseUrl, issuer] = await Promise.all([useServers(), createDatabase(), useIssuer()]);
  const prefix = topicPrefix();
  const lines: string[] = [];
  const running = new Set<RunningService>();
  const env = envOf(servers.kafkaBrokers, databaseUrl, prefix, issuer);
  let newest: RunningService | undefined;
  return {
    env,
    databaseUrl,
    lines,
    async start(options = {}, changes = {}) {
      const log = createLogger({
        service: 'directory',
        level: 'debug',
        destination: { write: (line) => void lines.push(line) },
      });
      newest = await startDirectory(loadSettings(directorySettings, { ...env, ...changes }), {
        ...options,
        log,
      });
      running.add(newest);
      return newest;
    },
    as: (subject, url) => async (method, path, body) => {
      const response = await fetch(`${url ?? newest?.url ?? ''}${path}`, {
        method,
        headers: { authorization: `Bearer ${issuer.tokenFor(subject)}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
    },
    async read(topic, otherPrefix = prefix) {
      const found = await Promise.all(
        Array.from({ length: PARTITIONS }, (_, n) =>
          readAll(servers.kafkaBrokers, topicsOf(otherPrefix)[topic], n),
        ),
      );
      return found.flat();
    },
    async close() {
      await Promise.all([...running].map((service) => service.stop()));
      await issuer.close();
    },
  };
}

function envOf(
  brokers: readonly string[],
  databaseUrl: string,
  prefix: string,
  issuer: TestIssuer,
): Record<string, string> {
  return {
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_PORT: '0',
    AUDITORIUM_KAFKA_BROKERS: brokers.join(','),
    AUDITORIUM_TOPIC_PREFIX: prefix,
    AUDITORIUM_PARTITIONS: String(PARTITIONS),
    AUDITORIUM_REPLICATION: '1',
    AUDITORIUM_CREATE_TOPICS: 'true',
    AUDITORIUM_DATABASE_URL: databaseUrl,
    AUDITORIUM_OIDC_ISSUER: issuer.issuer,
    AUDITORIUM_OPERATORS: 'operator',
    AUDITORIUM_PRODUCER_SUBJECTS: 'shop',
  };
}

async function readAll(brokers: readonly string[], topic: string, partition: number) {
  const found = [];
  for await (const batch of readPartition({ brokers, topic, partition, from: 0 })) {
    for (const { key, value } of batch.messages) {
      const text = value?.toString() ?? 'null';
      found.push({
        partition,
        key: key?.toString() ?? '',
        value: text,
        json: JSON.parse(text) as Record<string, unknown>,
      });
    }
  }
  return found;
}

export const ACME = {
  id: 'org_acme',
  slug: 'acme',
  name: 'Acme',
  plan: 'enterprise',
  admin: { user: 'u_ada', name: 'Ada Lovelace', email: 'ada@acme.example' },
};
