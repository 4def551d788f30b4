import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEFAULT_PARTITIONS, topicRequirements, topicsOf } from '@auditorium/events';
import { ensureTopics, logOffsets, readPartition } from '@auditorium/kafka';
import { topicPrefix, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditorium, pretendAuditorium, type Pretended } from './support/pretend-auditorium.ts';

const prefix = topicPrefix();
const topic = topicsOf(prefix).raw;
const folder = mkdtempSync(join(tmpdir(), 'auditorium-import-'));
const sample = readFileSync(new URL('samples/cloudtrail.json', import.meta.url));

let brokers: string[];
let pretended: Pretended;

beforeAll(async () => {
  brokers = (await useServers()).kafkaBrokers;
  const requirements = topicRequirements(topicsOf(prefix), {
    replication: 1,
    partitions: DEFAULT_PARTITIONS,
  });
  await ensureTopics({
    brokers,
    create: true,
    requirements: requirements.filter((each) => each.topic === topic),
  });
  pretended = await pretendAuditorium(brokers);
  pretended.answer = ({ path }) => {
    const slug = /^\/api\/v1\/orgs\/(acme|globex)$/.exec(path)?.[1];
    return slug === undefined ? undefined : { body: { id: `org_${slug}`, slug, name: slug } };
  };
});

afterAll(() => pretended?.close());

interface Sent {
  readonly org: string;
  readonly line: string;
  readonly outbox: string;
  readonly sequence: string;
}

async function sent(): Promise<Sent[]> {
  const all: Sent[] = [];
  for (const partition of (await logOffsets(brokers, topic)).keys()) {
    for await (const { messages } of readPartition({ brokers, topic, partition, from: 0 })) {
      for (const { key, value, headers } of messages) {
        const { outbox, 'outbox-seq': sequence } = headers;
        all.push({
          org: String(key),
          line: String(value),
          outbox: String(outbox),
          sequence: String(sequence),
        });
      }
    }
  }
  return all;
}

function file(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const importing = (path: string, org: string, ...more: string[]) =>
  auditorium(pretended, '--topic-prefix', prefix, 'import', 'cloudtrail', path, '--org', org, ...more);

test('importing the same again, packed or not, repeats the same events under the same numbers', async () => {
  const plain = await importing(file('trail.json', sample), 'acme', '--json');
  expect(JSON.parse(plain.out.join())).toMatchObject({
    read: 7,
    emitted: 5,
    skipped: [{ count: 1 }, { count: 1 }],
  });
  const first = await sent();
  expect(first).toHaveLength(5);
  expect(first[0]?.outbox).toMatch(/^import\/[0-9a-f]{64}$/);
  expect(first.map(({ sequence }) => sequence)).toEqual(['0', '1000', '2000', '3000', '4000']);
  await importing(file('renamed.json.gz', gzipSync(sample)), 'acme');
  expect(await sent()).toEqual([...first, ...first]);
});

test('the same file for another org is another import', async () => {
  const before = await sent();
  await importing(file('trail.json', sample), 'globex');
  const globex = (await sent()).filter(({ org }) => org === 'org_globex');
  expect(globex).toHaveLength(5);
  expect(globex[0]?.outbox).not.toBe(before[0]?.outbox);
});

test('what was skipped is told with its reason and place, and the exit code says so', async () => {
  const { code, out } = await importing(file('trail.json', sample), 'acme');
  expect(code).toBe(1);
  expect(out.join()).toContain('Read 7 records, emitted 5 events, skipped 2.');
  expect(out.join()).toMatch(/skipped 1: its time is not RFC 3339 \(first: trail.json, byte \d+\)/);
  expect(out.join()).toContain('1 × no actor: userIdentity names nobody');
});

test('a file that is damaged is told, and what came before it in the file is not undone', async () => {
  const packed = gzipSync(sample);
  const { code, err } = await importing(
    file('broken.json.gz', packed.subarray(0, packed.length - 20)),
    'acme',
  );
  expect(code).toBe(1);
  expect(err.join()).toContain('broken.json.gz was not imported to its end');
});

test('a file that is not there, an org that is not there, and Kafka that is not there are one sentence each', async () => {
  const missing = await importing(join(folder, 'nothing.json'), 'acme');
  expect([missing.code, missing.err.join()]).toEqual([2, expect.stringContaining('nothing.json')]);
  const org = await importing(file('trail.json', sample), 'nobody');
  expect([org.code, org.err.join()]).toEqual([1, expect.stringContaining('Check --org')]);
  const elsewhere = [
    '--kafka',
    '127.0.0.1:1',
    'import',
    'cloudtrail',
    file('trail.json', sample),
    '--org',
    'acme',
  ];
  const kafka = await auditorium(pretended, ...elsewhere);
  expect([kafka.code, kafka.err.join()]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
});

test('emit sends one event and prints the link to it', async () => {
  const args = [
    'emit',
    'project.renamed',
    '--org',
    'acme',
    '--actor',
    'user/u_1',
    '--target',
    'project/p_7',
    '--id',
    'my-own-id',
  ];
  const change = ['--before', '{"name":"a"}', '--after', '{"name":"b"}', '--outcome', 'failure'];
  const { code, out } = await auditorium(pretended, '--topic-prefix', prefix, ...args, ...change);
  expect(code).toBe(0);
  const last = (await sent()).find(({ line }) => line.includes('"my-own-id"'));
  expect(JSON.parse(last!.line)).toMatchObject({
    type: 'project.renamed',
    subject: 'project/p_7',
    orgid: 'org_acme',
    time: '2026-11-21T12:00:00.000Z',
    data: {
      actor: { type: 'user', id: 'u_1' },
      outcome: 'failure',
      before: { name: 'a' },
      after: { name: 'b' },
    },
  });
  expect(out.join()).toMatch(new RegExp(`^${pretended.origin}/orgs/acme/events/\\d+-\\d+$`));
});

test('emit sends nothing that would be rejected', async () => {
  const before = (await sent()).length;
  const wrong = ['emit', 'renamed', '--org', 'acme', '--actor', 'user/u_1', '--target', 'project/p_7'];
  const { code, err } = await auditorium(pretended, '--topic-prefix', prefix, ...wrong);
  expect([code, err.join()]).toEqual([2, expect.stringContaining('not-cloudevent')]);
  expect((await sent()).length).toBe(before);
});
