import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBucket, PLATFORM_ACCOUNT, rootOf, s3Client, seedPlatformUser } from '../src/aws-accounts.ts';
import { startIdentityProvider } from '../src/identity.ts';
import { startKafka } from '../src/kafka.ts';
import { isAlive } from '../src/live-process.ts';
import { startMinistack } from '../src/ministack.ts';
import { nodeBinary, stateFolder } from '../src/paths.ts';
import { freePort } from '../src/ports.ts';
import { startPostgres } from '../src/postgres.ts';
import { postgresHome } from '../src/postgres-binaries.ts';

const root = join(stateFolder, 'test-local', String(process.pid));
beforeAll(() => mkdirSync(root, { recursive: true }));
afterAll(() => {
  rmSync(postgresHome(join(root, 'postgres'), () => undefined).dataDir, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
});

interface Running {
  addresses: string[];
  stop(): Promise<void>;
}

/** One server: how to start it, how to leave something in it, how to find it again. */
interface Kind {
  start(port: number): Promise<Running>;
  write(running: Running, port: number): Promise<void>;
  read(running: Running, port: number): Promise<void>;
}

const kafkaAdmin = async <T>(port: number, work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> => {
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
};

const sql = async (port: number, text: string) => {
  const client = new pg.Client(`postgres://postgres:auditorium@127.0.0.1:${port}/auditorium`);
  await client.connect();
  return client.query(text).finally(() => client.end());
};

const account = '200000000009';
const s3 = (port: number) => s3Client(`http://127.0.0.1:${port}`, rootOf(account));
const keys = async (port: number): Promise<string> => (await fetch(`http://localhost:${port}/jwks`)).text();
let keysBefore = '';

const kinds: Record<string, Kind> = {
  kafka: {
    start: (port) => startKafka({ dataDir: join(root, 'kafka'), ports: [port] }),
    write: (_, port) =>
      kafkaAdmin(
        port,
        async (admin) => void (await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }] })),
      ),
    read: (_, port) => kafkaAdmin(port, async (admin) => expect(await admin.listTopics()).toContain('kept')),
  },
  postgres: {
    start: (port) => startPostgres({ dataDir: join(root, 'postgres'), port }),
    write: async (_, port) => void (await sql(port, 'CREATE TABLE kept AS SELECT 42 AS answer')),
    read: async (_, port) =>
      expect((await sql(port, 'SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]),
  },
  aws: {
    start: (port) => startMinistack({ dataDir: join(root, 'aws'), port }),
    write: async (_, port) => {
      await makeBucket(`http://127.0.0.1:${port}`, account, 'kept');
      await s3(port).send(new PutObjectCommand({ Bucket: 'kept', Key: 'a/b', Body: 'x' }));
    },
    read: async (_, port) => {
      const { Body } = await s3(port).send(new GetObjectCommand({ Bucket: 'kept', Key: 'a/b' }));
      expect(await Body?.transformToString()).toBe('x');
    },
  },
  identity: {
    start: (port) => startIdentityProvider({ dataDir: join(root, 'identity'), port }),
    write: async (_, port) => void (keysBefore = await keys(port)),
    read: async (_, port) => expect(await keys(port)).toBe(keysBefore),
  },
};

/** Starts the server in a process of its own and kills that process the hard way. @returns the server's own pid */
async function startAndKillParent(name: string, port: number): Promise<number> {
  const holder = fileURLToPath(new URL('./holder.ts', import.meta.url));
  const args = ['--conditions=@auditorium/source', holder, name, join(root, name), String(port)];
  const parent = spawn(nodeBinary(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const dataDir =
    name === 'postgres' ? postgresHome(join(root, name), () => undefined).dataDir : join(root, name);
  return Number(readFileSync(join(dataDir, 'pid'), 'utf8'));
}

describe.each(Object.entries(kinds))('%s', (name, kind) => {
  it('keeps what was written over a stop and a start, on another port', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const first = await kind.start(ports[0]);
    await kind.write(first, ports[0]);
    await first.stop();
    const second = await kind.start(ports[1]);
    await kind.read(second, ports[1]);
    await second.stop();
  });

  it('starts on its data when its parent was killed and the server lived on', async () => {
    const port = await freePort();
    const orphan = await startAndKillParent(name, port);
    expect(isAlive(orphan)).toBe(true);
    const running = await kind.start(port);
    expect(isAlive(orphan)).toBe(false);
    await kind.read(running, port);
    await running.stop();
  });

  it('refuses a folder in which it runs already, and harms nothing', async () => {
    const port = await freePort();
    const running = await kind.start(port);
    await expect(kind.start(await freePort())).rejects.toThrow(/in use by process \d+/);
    await kind.read(running, port);
    await running.stop();
  });

  it('says in one sentence that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(kind.start(port)).rejects.toThrow(new RegExp(`Port ${port}, which .* needs, is taken: `));
    taken.close();
  });
});

describe('killed and started again', () => {
  it('PostgreSQL has what was committed', async () => {
    const port = await freePort();
    const postgres = await startPostgres({ dataDir: join(root, 'postgres'), port });
    await sql(port, 'CREATE TABLE killed AS SELECT 7 AS answer');
    await postgres.kill();
    await postgres.restart();
    expect((await sql(port, 'SELECT answer FROM killed')).rows).toEqual([{ answer: 7 }]);
    await postgres.stop();
  });

  it('the stand-in has users, roles and all versions, as they were at the last stop in good order', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const aws = await startMinistack({ dataDir: join(root, 'aws-kept'), port, keepState: true });
    const user = await seedPlatformUser(endpoint);
    const bucket = 'auditorium-kept';
    await makeBucket(endpoint, PLATFORM_ACCOUNT, bucket);
    const ours = s3Client(endpoint, rootOf(PLATFORM_ACCOUNT));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await ours.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    await aws.stop();
    await aws.restart();
    const put = (Body: string) =>
      s3Client(endpoint, user).send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body }));
    await put('first');
    await aws.kill();
    await aws.restart();
    await put('second');
    await aws.kill();
    await aws.restart();
    const { Versions } = await ours.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect(Versions).toHaveLength(2);
    await aws.stop();
  });
});

describe('three Kafka nodes', () => {
  it('keep topics with three replicas while one of them is killed and comes back', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const cluster = await startKafka({ dataDir: join(root, 'three'), ports });
    await kafkaAdmin(ports[0] ?? 0, (admin) =>
      admin.createTopics({
        topics: [{ topic: 'kept', numPartitions: 3, replicationFactor: 3 }],
        waitForLeaders: true,
      }),
    );
    await cluster.nodes[2]?.kill();
    const metadata = await kafkaAdmin(ports[0] ?? 0, (admin) =>
      admin.fetchTopicMetadata({ topics: ['kept'] }),
    );
    expect(metadata.topics[0]?.partitions.every((partition) => partition.replicas.length === 3)).toBe(true);
    await cluster.nodes[2]?.restart();
    await cluster.stop();
  });
});
