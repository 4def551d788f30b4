import { partitionOf } from '@auditorium/events';
import { readPartition } from '@auditorium/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RESUBMIT_CRASH_POINTS } from '../src/resubmit-event.ts';
import {
  createWorld,
  lineOf,
  PARTITIONS,
  projectedTo,
  startService,
  until,
  writeVerdicts,
  type Service,
  type World,
} from './query-harness.ts';

let world: World;
let service: Service;
let dies: string | undefined;
const ORG = 'org_a';
const good = lineOf(ORG, { id: 'was refused' });

beforeEach(async () => {
  world = await createWorld();
  dies = undefined;
  service = await startService(world, (point) => {
    if (point === dies) throw new Error('killed here');
  });
  await writeVerdicts(world, ORG, [
    { raw: 0, verdict: 'rejected', code: 'time-ahead', value: good },
    { raw: 1, verdict: 'rejected', code: 'not-json', value: Buffer.from([0, 255, 10, 34]) },
    { raw: 2, verdict: 'rejected', code: 'no-key', key: null, value: null },
    {
      raw: 3,
      verdict: 'rejected',
      code: 'org-invalid',
      key: '../etc/passwd',
      value: Buffer.from('{"a":"\\ud800"}'),
    },
  ]);
  await until(async () => (await projectedTo(world, ORG)) === 3);
});
afterEach(async () => {
  await service.stop();
  await world.close();
});

const partition = partitionOf(ORG, PARTITIONS);
const keyOf = (raw: number): string => `${partition}-${raw}`;

/** What lies in the org's partition of raw, without what this service says about itself. */
async function submitted(): Promise<{ key: string; value: Buffer; headers: object }[]> {
  const found = [];
  const { AUDITORIUM_KAFKA_BROKERS: brokers } = world.settings;
  for await (const batch of readPartition({ brokers, topic: world.topics.raw, partition, from: 0 })) {
    for (const { key, value, headers } of batch.messages) {
      if (!String(value).includes('quarantine.resubmitted'))
        found.push({ key: String(key), value: value!, headers });
    }
  }
  return found;
}

async function audited(): Promise<
  { type: string; orgid: string; data: { actor: object; targets: object[] } }[]
> {
  const found = [];
  const { AUDITORIUM_KAFKA_BROKERS: brokers } = world.settings;
  for await (const batch of readPartition({ brokers, topic: world.topics.raw, partition, from: 0 })) {
    for (const { value } of batch.messages) {
      if (String(value).includes('quarantine.resubmitted')) found.push(JSON.parse(String(value)));
    }
  }
  return found;
}

describe('the quarantine', () => {
  it('shows operators every rejected event, newest first, by page and filter', async () => {
    const { body } = await service.get('operator', '/api/v1/quarantine');
    expect(body.events.map(({ key }: { key: string }) => key).toSorted()).toEqual(
      [0, 1, 2, 3].map(keyOf).toSorted(),
    );
    const some = (await service.get('operator', '/api/v1/quarantine?code=not-json')).body.events;
    expect(some).toMatchObject([{ key: keyOf(1), code: 'not-json', org: ORG, length: 4, state: 'waiting' }]);
    expect((await service.get('operator', `/api/v1/quarantine?org=${ORG}`)).body.events).toHaveLength(2);
    expect((await service.get('operator', '/api/v1/quarantine?partition=77')).body.events).toEqual([]);
    const all: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { events: { key: string }[]; next: string | null } = (
        await service.get('operator', `/api/v1/quarantine?limit=1${cursor && `&cursor=${cursor}`}`)
      ).body;
      all.push(...page.events.map(({ key }) => key));
      cursor = page.next;
    }
    expect(all).toEqual(body.events.map(({ key }: { key: string }) => key));
  });

  it.each(['partition=99999999999', 'code=%00', 'org=%00'])('refuses the filter %s', async (filter) => {
    expect((await service.get('operator', `/api/v1/quarantine?${filter}`)).status).toBe(400);
  });

  it('shows the bytes as they came', async () => {
    const { body } = await service.get('operator', `/api/v1/quarantine/${keyOf(1)}`);
    expect(Buffer.from(body.value, 'base64')).toEqual(Buffer.from([0, 255, 10, 34]));
    const keyless = (await service.get('operator', `/api/v1/quarantine/${keyOf(2)}`)).body;
    expect(keyless).toMatchObject({ messageKey: null, value: null, org: null });
    expect((await service.get('operator', `/api/v1/quarantine/${keyOf(3)}`)).body).toMatchObject({
      org: null,
    });
  });

  it('is for operators alone', async () => {
    for (const path of ['/api/v1/quarantine', `/api/v1/quarantine/${keyOf(0)}`]) {
      expect((await service.get('u_ada', path)).status).toBe(403);
    }
    expect((await service.post('u_ada', `/api/v1/quarantine/${keyOf(0)}/resubmit`)).status).toBe(403);
    expect((await service.get('operator', `/api/v1/quarantine/${keyOf(99)}`)).status).toBe(404);
  });
});

describe('submitting again', () => {
  it('puts the same bytes in raw under the org that the event names, and says so in its log', async () => {
    const { status, body } = await service.post('operator', `/api/v1/quarantine/${keyOf(0)}/resubmit`);
    expect({ status, ...body }).toMatchObject({ status: 200, org: ORG, partition });
    const [message] = await submitted();
    expect(message).toMatchObject({ key: ORG, headers: {} });
    expect(message!.value.equals(good)).toBe(true);
    await until(async () => (await audited()).length === 1);
    expect((await audited())[0]).toMatchObject({
      orgid: ORG,
      data: {
        actor: { type: 'user', id: 'operator' },
        targets: [{ type: 'quarantined-event', id: keyOf(0) }],
      },
    });
    const shown = (await service.get('operator', `/api/v1/quarantine/${keyOf(0)}`)).body;
    expect(shown).toMatchObject({ state: 'resubmitted', resubmittedBy: 'operator', resubmittedTo: ORG });
  });

  it('is refused a second time unless it is asked for', async () => {
    const path = `/api/v1/quarantine/${keyOf(0)}/resubmit`;
    await service.post('operator', path);
    expect((await service.post('operator', path)).status).toBe(409);
    expect((await service.post('operator', path, { again: true })).status).toBe(200);
    expect(await submitted()).toHaveLength(2);
  });

  it('is refused where the bytes were not kept, or no org is known; the operator may name one', async () => {
    expect((await service.post('operator', `/api/v1/quarantine/${keyOf(2)}/resubmit`)).status).toBe(409);
    expect((await service.post('operator', `/api/v1/quarantine/${keyOf(3)}/resubmit`)).status).toBe(409);
    const named = await service.post('operator', `/api/v1/quarantine/${keyOf(3)}/resubmit`, { org: ORG });
    expect(named).toMatchObject({ status: 200, body: { org: ORG } });
    expect(
      (await service.post('operator', `/api/v1/quarantine/${keyOf(3)}/resubmit`, { org: '../x' })).status,
    ).toBe(400);
  });

  it.each(RESUBMIT_CRASH_POINTS)('can be asked for again when the service died at %s', async (point) => {
    const path = `/api/v1/quarantine/${keyOf(0)}/resubmit`;
    dies = point;
    expect((await service.post('operator', path)).status).toBe(500);
    expect((await service.get('operator', `/api/v1/quarantine/${keyOf(0)}`)).body.state).toBe('resubmitting');
    dies = undefined;
    expect((await service.post('operator', path)).status).toBe(200);
    for (const { value } of await submitted()) expect(value.equals(good)).toBe(true);
  });
});
