import { partitionOf } from '@auditorium/events';
import { createPool } from '@auditorium/postgres';
import { createDatabase } from '@auditorium/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECTOR_CRASH_POINTS } from '../src/project-batch.ts';
import {
  createWorld,
  cutBefore,
  lineOf,
  PARTITIONS,
  projectedOffsets,
  projectedTo,
  publishOrg,
  startService,
  until,
  writeVerdicts,
  type Service,
  type World,
} from './query-harness.ts';

/** A database whose owner is an ordinary login, as in production: no superuser, bound by row-level security. */
async function databaseOfOrdinaryLogin(): Promise<string> {
  const url = new URL(await createDatabase());
  const admin = createPool({ url: url.href, applicationName: 'test', max: 1 });
  const login = `login_${Math.random().toString(36).slice(2)}`;
  await admin.query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret'`);
  await admin.query(`GRANT auditorium_query_reader TO ${login}`);
  await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${login}`);
  await admin.end();
  url.username = login;
  url.password = 'secret';
  return url.href;
}

let world: World;
let service: Service | undefined;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await world.close();
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const accepted = (from: number, to: number): { raw: number }[] => range(from, to).map((raw) => ({ raw }));

describe('the projector', () => {
  it('takes each verdict once and in order, whoever repeats it', async () => {
    service = await startService(world);
    await writeVerdicts(world, 'org_a', [
      ...accepted(0, 4),
      { raw: 5, verdict: 'repeat' },
      { raw: 6, verdict: 'rejected', value: Buffer.from('not json') },
      ...accepted(3, 4), // an overlapping enricher says it again
      { raw: 9, from: 7 }, // 7 and 8 were a hole in raw
      ...accepted(10, 11),
    ]);
    await until(async () => (await projectedTo(world, 'org_a')) === 11);
    expect(await projectedOffsets(world, 'org_a')).toEqual([0, 1, 2, 3, 4, 9, 10, 11]);
    const { rows } = await world.database.query(
      'SELECT accepted, rejected, repeats, holes, skipped, gap_from FROM query.checkpoint WHERE raw_last = 11',
    );
    expect(rows).toEqual([{ accepted: 8, rejected: 1, repeats: 1, holes: 2, skipped: 2, gap_from: null }]);
  });

  it('takes nothing beyond a missing verdict, says which one, and goes on by itself when it has come', async () => {
    service = await startService(world);
    await writeVerdicts(world, 'org_a', [...accepted(0, 1), ...accepted(4, 5)]);
    const gap = async () => {
      const { rows } = await world.database.query(
        'SELECT gap_from, gap_to FROM query.checkpoint WHERE gap_from IS NOT NULL',
      );
      return rows[0] as unknown;
    };
    await until(async () => (await gap()) !== undefined);
    expect(await gap()).toEqual({ gap_from: 2, gap_to: 3 });
    expect(await projectedOffsets(world, 'org_a')).toEqual([0, 1]);
    await writeVerdicts(world, 'org_a', accepted(2, 6));
    await until(async () => (await projectedTo(world, 'org_a')) === 6);
    expect(await projectedOffsets(world, 'org_a')).toEqual(range(0, 6));
    expect(await gap()).toBeUndefined();
  });

  it.each(PROJECTOR_CRASH_POINTS)('loses and repeats nothing when it dies at %s', async (point) => {
    let deaths = 0;
    service = await startService(world, (passed) => {
      if (passed === point && deaths < 2) {
        deaths += 1;
        throw new Error('killed here');
      }
    });
    await writeVerdicts(world, 'org_a', accepted(0, 399));
    await until(async () => (await projectedTo(world, 'org_a')) === 399);
    expect(deaths).toBeGreaterThan(0);
    expect(await projectedOffsets(world, 'org_a')).toEqual(range(0, 399));
  });

  it('loses and repeats nothing between two instances that overlap', async () => {
    service = await startService(world);
    await writeVerdicts(world, 'org_a', accepted(0, 199));
    const second = await startService(world);
    await writeVerdicts(world, 'org_a', accepted(200, 399));
    await service.stop();
    service = second;
    await writeVerdicts(world, 'org_a', accepted(400, 499));
    await until(async () => (await projectedTo(world, 'org_a')) === 499);
    expect(await projectedOffsets(world, 'org_a')).toEqual(range(0, 499));
  });

  it('makes a month that nobody expected', async () => {
    service = await startService(world);
    await writeVerdicts(world, 'org_a', [
      { raw: 0, value: lineOf('org_a', { acceptedtime: '2019-02-28T23:59:59.999Z' }) },
      { raw: 1, value: lineOf('org_a', { acceptedtime: '2031-12-31T23:59:59.999Z' }) },
    ]);
    await until(async () => (await projectedTo(world, 'org_a')) === 1);
    const { rows } = await world.database.query(
      `SELECT tableoid::regclass::text AS month FROM query.event WHERE org = 'org_a' ORDER BY raw_offset`,
    );
    expect(rows).toEqual([{ month: 'query.event_2019_02' }, { month: 'query.event_2031_12' }]);
  });

  it('stops with a name where a checkpoint is not in the log, and goes on with the other partitions', async () => {
    service = await startService(world);
    await service.stop();
    await world.database.query('INSERT INTO query.checkpoint (partition) VALUES (0) ON CONFLICT DO NOTHING');
    await world.database.query('UPDATE query.checkpoint SET enriched_next = 1000 WHERE partition = 0');
    service = await startService(world);
    const ready = async () => (await fetch(new URL('/readyz', service!.url))).json();
    await until(async () => (await ready()).status === 'not-ready');
    expect(await ready()).toMatchObject({ checks: { projector: 'position-out-of-range: partition 0' } });
    expect((await service.get('operator', '/api/v1/gaps/view')).body.partitions).toContainEqual(
      expect.objectContaining({
        partition: 0,
        stopped: expect.objectContaining({ code: 'position-out-of-range' }),
      }),
    );
    const org = ['org_a', 'org_b', 'org_c', 'org_d'].find((id) => partitionOf(id, PARTITIONS) !== 0)!;
    await writeVerdicts(world, org, accepted(0, 9));
    await until(async () => (await projectedTo(world, org)) === 9);
    expect(service.fatal).toEqual([]);
  });

  it('goes around what expired before it was projected, stands, and goes on once it is given again', async () => {
    await writeVerdicts(world, 'org_a', accepted(0, 19));
    await cutBefore(world, 'org_a', 15);
    service = await startService(world);
    const partition = partitionOf('org_a', PARTITIONS);
    const state = async () =>
      (await service!.get('operator', '/api/v1/gaps/view')).body.partitions.find(
        (each: { partition: number }) => each.partition === partition,
      );
    await until(async () => (await state())?.gap?.to === 14);
    expect(await state()).toMatchObject({ last: -1, gap: { from: 0, to: 14 } });
    const answer = await (await fetch(new URL('/readyz', service.url))).json();
    expect(answer.checks.projector).toBe(`verdict-gap: partition ${partition}`);
    await writeVerdicts(world, 'org_a', accepted(0, 19));
    await until(async () => (await projectedTo(world, 'org_a')) === 19);
    expect(await projectedOffsets(world, 'org_a')).toEqual(range(0, 19));
  });

  it('works under an ordinary login, and refuses to start where the reading role is not granted', async () => {
    service = await startService(world); // makes the role, which belongs to the whole server
    await service.stop();
    service = undefined;
    await world.close();
    world = await createWorld(databaseOfOrdinaryLogin);
    await publishOrg(world, 'org_a', [{ user: 'u_ada', admin: true, permissions: [] }]);
    service = await startService(world);
    await writeVerdicts(world, 'org_a', accepted(0, 9));
    await until(async () => (await projectedTo(world, 'org_a')) === 9);
    expect((await service.get('u_ada', '/api/v1/orgs/a/events')).body.events).toHaveLength(10);
    await service.stop();
    service = undefined;
    const login = new URL(world.databaseUrl).username;
    const admin = createPool({ url: await createDatabase(), applicationName: 'test', max: 1 });
    await admin.query(`REVOKE auditorium_query_reader FROM ${login}`);
    await admin.end();
    await expect(startService(world)).rejects.toMatchObject({ code: 'settings-invalid' });
  });
});
