import { createHash } from 'node:crypto';
import { LIMITS, partitionOf, rawHeadersOf, type RejectionCode } from '@auditorium/events';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, PARTITIONS, stop, type Found } from './harness.ts';
import { lineOf } from './raw-records.ts';

const ORG = 'org_acme';
const KEY = Buffer.from(ORG);
const PLACE = partitionOf(ORG, PARTITIONS);
const line = (id: string, note = ''): Buffer => lineOf(ORG, id, note);
const changed = (id: string, from: string | RegExp, to: string): Buffer =>
  Buffer.from(line(id).toString().replace(from, to));

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.create();
});
afterAll(() => Bench.closeAll());

/** Sends to the org's partition and waits for the verdicts on just these. */
async function verdictsOn(
  messages: { key?: Buffer | null; value: Buffer | null; headers?: Record<string, string> }[],
): Promise<Found[]> {
  let first = -1;
  let last = -1;
  for (const { key = KEY, value, headers } of messages) {
    last = await bench.send({ key, value, headers }, PLACE);
    if (first < 0) first = last;
  }
  const expected = Array.from({ length: PARTITIONS }, (_, partition) => (partition === PLACE ? last : -1));
  const { taken, gaps } = await bench.until(expected);
  expect(gaps).toBe(0);
  return taken.filter((found) => found.partition === PLACE && found.rawOffset >= first);
}

describe('enrichment on Kafka and PostgreSQL', () => {
  it('adds what the directory knows, and when raw took it; every other byte stays', async () => {
    const org = { org: ORG, slug: 'acme', name: 'Acme "Ltd" €', plan: 'enterprise', version: 1 };
    const actor = { org: ORG, type: 'user', id: 'u_1', version: 7, roles: ['admin', 'dev'] };
    const put = (topic: string, key: string, value: object) =>
      bench.producer.send(topic, PLACE, [{ key, value: Buffer.from(JSON.stringify(value)) }]);
    await put(bench.topics.orgs, ORG, org);
    await put(bench.topics.actors, `${ORG}/user/u_1`, actor);
    await bench.start();
    const [found] = await verdictsOn([{ value: line('first') }]);
    const sent = line('first').toString();
    const text = found!.value!.toString();
    expect(text.startsWith(sent.slice(0, -1))).toBe(true);
    expect(JSON.parse(text)).toEqual({
      ...(JSON.parse(sent) as object),
      acceptedtime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      orgname: org.name,
      orgslug: 'acme',
      actorversion: 7,
      actorroles: ['admin', 'dev'],
    });
    expect(
      Math.abs(Date.parse((JSON.parse(text) as { acceptedtime: string }).acceptedtime) - Date.now()),
    ).toBeLessThan(60_000);
    const digest = createHash('sha256').update(line('first')).digest('hex').slice(0, 32);
    expect(found).toMatchObject({
      verdict: 'accepted',
      id: 'first',
      source: 'shop',
      type: 'project.renamed',
      digest,
    });
    expect(found!.key).toEqual(KEY);
  });

  it('Beyond 3 every kind of bad input is rejected with its code and kept, its neighbours go on', async () => {
    const bad: [
      RejectionCode,
      { key?: Buffer | null; value: Buffer | null; headers?: Record<string, string> },
    ][] = [
      ['not-json', { value: Buffer.from('hello') }],
      ['not-json', { value: Buffer.alloc(0) }],
      ['no-value', { value: null }],
      ['not-cloudevent', { value: Buffer.from('{"a":1}') }],
      ['too-large', { value: changed('large', '"note":""', `"note":"${'x'.repeat(LIMITS.eventBytes)}"`) }],
      ['too-deep', { value: changed('deep', '"note":""', `"note":${'['.repeat(40)}${']'.repeat(40)}`) }],
      [
        'too-many-keys',
        { value: changed('wide', '"note":""', Array.from({ length: 1001 }, (_, i) => `"k${i}":0`).join()) },
      ],
      ['raw-newline', { value: changed('newline', '"data"', '\n"data"') }],
      ['raw-newline', { value: Buffer.from(`${line('crlf').toString()}\r\n`) }],
      ['nul', { value: changed('nul', '"note":""', '"note":"\\u0000"') }],
      ['lone-surrogate', { value: changed('half', '"note":""', '"note":"\\ud800"') }],
      ['invalid-utf8', { value: Buffer.concat([line('utf'), Buffer.from([0xff])]) }],
      ['duplicate-key', { value: changed('twice', '"data"', '"id":"twice","data"') }],
      ['attribute-name', { value: changed('escaped', '"source"', '"s\\u006furce"') }],
      [
        'attribute-reserved',
        { value: changed('reserved', '"data"', '"acceptedtime":"2020-01-01T00:00:00Z","data"') },
      ],
      [
        'time-ahead',
        {
          value: changed(
            'ahead',
            /"time":"[^"]*"/,
            `"time":"${new Date(Date.now() + 90_000_000).toISOString()}"`,
          ),
        },
      ],
      ['time-invalid', { value: changed('when', /"time":"[^"]*"/, '"time":"yesterday"') }],
      ['data-invalid', { value: changed('outcome', 'success', 'perhaps') }],
      ['no-key', { key: null, value: line('nokey') }],
      ['org-invalid', { key: Buffer.from('a/b'), value: line('badorg') }],
      ['org-invalid', { key: Buffer.alloc(600_000, 'k'), value: Buffer.alloc(290_000, 'v') }],
      [
        'org-invalid',
        {
          key: Buffer.alloc(640_000, 'k'),
          value: changed('long', '"note":""', `"note":"${'x'.repeat(250_000)}"`),
        },
      ],
      ['org-mismatch', { value: changed('forged', '"orgid":"org_acme"', '"orgid":"org_globex"') }],
      ['outbox-invalid', { value: line('seq'), headers: { outbox: 'shop/1' } }],
      ['outbox-invalid', { value: line('seq'), headers: { outbox: 'shop/1', 'outbox-seq': '-1' } }],
    ];
    const messages = bad.flatMap(([, message], index) => [message, { value: line(`neighbour-${index}`) }]);
    const found = await verdictsOn(messages);
    expect(found).toHaveLength(messages.length);
    bad.forEach(([code, { value, key = KEY }], index) => {
      const [rejected, neighbour] = [found[index * 2]!, found[index * 2 + 1]!];
      expect(rejected).toMatchObject({ verdict: 'rejected', code, length: value?.length ?? 0 });
      expect(rejected.digest).toBe(
        createHash('sha256')
          .update(value ?? '')
          .digest('hex'),
      );
      expect(rejected.value).toEqual((value ?? Buffer.alloc(0)).subarray(0, LIMITS.keptBytes));
      expect(rejected.key).toEqual(key?.subarray(0, LIMITS.keptKeyBytes) ?? null);
      expect(neighbour).toMatchObject({ verdict: 'accepted', id: `neighbour-${index}` });
    });
  });

  it('an org in another partition than its own is rejected there and accepted at home', async () => {
    const other = (PLACE + 1) % PARTITIONS;
    await bench.send({ key: KEY, value: line('lost') }, other);
    const last = Array.from({ length: PARTITIONS }, (_, partition) => (partition === other ? 0 : -1));
    const { taken } = await bench.until(last);
    expect(taken.find(({ partition }) => partition === other)).toMatchObject({
      verdict: 'rejected',
      code: 'wrong-partition',
    });
    const [home] = await verdictsOn([{ value: line('lost') }]);
    expect(home).toMatchObject({ verdict: 'accepted' });
  });

  it('Beyond 1 what a producer repeats is a repeat; what it numbers anew or names twice is not lost silently', async () => {
    const from = (outbox: string, sequence: number) => rawHeadersOf({ outbox, sequence });
    const found = await verdictsOn([
      { value: line('r1'), headers: from('shop/7', 10) },
      { value: line('r2'), headers: from('shop/7', 12) },
      { value: line('r1'), headers: from('shop/7', 10) },
      { value: line('r3'), headers: from('shop/7', 11) },
      { value: line('r2', 'changed'), headers: from('shop/7', 12) },
      { value: line('i1'), headers: from('import/77', 0) },
      { value: line('i1', 'mapped otherwise'), headers: from('import/77', 0) },
      { value: line('p1') },
      { value: line('p1') },
      { value: line('p1', 'changed') },
      { value: lineOf(ORG, 'p1', 'changed', 'other-source') },
    ]);
    const outcome = found.map(({ verdict, code }) => code ?? verdict);
    expect(outcome).toEqual([
      'accepted',
      'accepted',
      'repeat',
      'sequence-reused',
      'sequence-reused',
      'accepted',
      'repeat',
      'accepted',
      'repeat',
      'id-reused',
      'accepted',
    ]);
    for (const { verdict, value } of found) if (verdict === 'repeat') expect(value).toBeNull();
    expect(found[3]).toMatchObject({ outbox: 'shop/7', sequence: 11 });
    expect(found[3]!.value).toEqual(line('r3'));
  });

  it('holes that Kafka leaves (commits, aborted records) are accounted for by the next verdict', async () => {
    const kafka = new kafkajs.Kafka({
      clientId: 'tx',
      brokers: bench.brokers,
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const producer = kafka.producer({
      transactionalId: `${bench.topics.raw}-tx`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = async (ids: string[], end: 'commit' | 'abort'): Promise<void> => {
      const tx = await producer.transaction();
      const messages = ids.map((id) => ({ key: KEY, value: line(id), partition: PLACE }));
      await tx.send({ topic: bench.topics.raw, messages });
      await tx[end]();
    };
    const before = (await bench.rawEnds())[PLACE]!;
    await transaction(['t1', 't2'], 'commit');
    await transaction(['gone1', 'gone2'], 'abort');
    await transaction(['gone3'], 'abort');
    await transaction(['t3'], 'commit');
    await producer.disconnect();
    // A transaction's marker follows its answer.
    await expect.poll(async () => (await bench.rawEnds())[PLACE], { timeout: 20_000 }).toBe(before + 10);
    const [after] = await verdictsOn([{ value: line('t4') }]);
    const { taken } = await bench.taken();
    const mine = taken.filter((found) => found.partition === PLACE && found.rawOffset > before);
    expect(mine.map(({ id }) => id)).toEqual(['t1', 't2', 't3', 't4']);
    // t1 t2 | commit gone1 gone2 abort gone3 abort t3 | commit t4
    expect(mine.map(({ rawFrom, rawOffset }) => rawOffset - rawFrom)).toEqual([0, 0, 6, 1]);
    expect(after).toMatchObject({ id: 't4' });
  });

  it('an org and actor that the directory does not know are accepted without their names', async () => {
    const stranger = Array.from({ length: 50 }, (_, i) => `x${i}`).find(
      (org) => partitionOf(org, PARTITIONS) === PLACE,
    )!;
    const [found] = await verdictsOn([{ key: Buffer.from(stranger), value: lineOf(stranger, 'a') }]);
    expect(found).toMatchObject({ verdict: 'accepted' });
    expect(Object.keys(JSON.parse(found!.value!.toString()) as object).slice(-1)).toEqual(['acceptedtime']);
  });
});

describe('an enrichment that is stopped and started', () => {
  it('goes on where it stopped, remembers what it had seen, and replays nothing', async () => {
    const second = await Bench.create();
    const send = (id: string, sequence: number) =>
      second.send(
        { key: KEY, value: line(id), headers: rawHeadersOf({ outbox: 'shop/1', sequence }) },
        PLACE,
      );
    const until = (last: number) =>
      second.until(Array.from({ length: PARTITIONS }, (_, p) => (p === PLACE ? last : -1)));
    const first = await second.start();
    for (let i = 0; i < 5; i += 1) await send(`e${i}`, i);
    await until(4);
    await stop(first);
    let replays = 0;
    await second.start((point) => {
      if (point === 'enrichment.after-replay') replays += 1;
    });
    await send('e3', 3);
    await send('e9', 2);
    await send('e5', 5);
    const { taken, repeats } = await until(7);
    expect(taken.slice(5).map(({ verdict, code }) => code ?? verdict)).toEqual([
      'repeat',
      'sequence-reused',
      'accepted',
    ]);
    expect(repeats).toBe(0);
    expect(replays).toBe(PARTITIONS);
    await second.close();
  });
});
