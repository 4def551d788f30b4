import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adoptPlans } from '../src/adopt-plans.ts';
import { destinationTerms } from '../src/postgres/destination-terms.ts';
import { headOf } from '../src/postgres/show-destinations.ts';
import {
  connect,
  courierDeps,
  expectedLines,
  filesOf,
  killAt,
  objectsOf,
  Producing,
  takeOver,
  turn,
} from './courier-harness.ts';
import { backUp } from './back-up.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

let ledger: Ledger;
let producing: Producing;

beforeAll(async () => {
  ledger = await createLedger();
  // Of each category that the layout wiv knows.
  const types = ['project.renamed', 'member.invited', 'api-key.created'];
  producing = new Producing(ledger, (n) => ({ type: types[n % types.length] }));
});
afterAll(() => ledger.close());

describe('a database restored to an earlier moment', () => {
  it('sends nothing a second time: the plans made since are found in the ledger bucket', async () => {
    const connected = await connect(ledger.pool, 'org_a');
    const objectBytes = 2_500;
    const before = await courierDeps(ledger, { objectBytes });
    await producing.seal({ org_a: 10 }, 7);
    const lease = await takeOver(ledger.pool);
    await turn(before.deps, lease, connected.id);

    const restored = await backUp(ledger);
    for (const count of [25, 15]) {
      await producing.seal({ org_a: count }, 7);
      await turn(before.deps, lease, connected.id);
    }
    await producing.seal({ org_a: 40 }, 7);
    const doomed = await courierDeps(ledger, { objectBytes, reached: killAt('courier.after-put', 2) });
    await expect(turn(doomed.deps, lease, connected.id)).rejects.toThrow('courier.after-put');
    const sent = (await objectsOf(connected.customer)).map(({ key }) => key);

    const after = await courierDeps(restored, { objectBytes });
    const adopted = await adoptPlans({ ...after.deps, log: after.deps.log }, await takeOver(restored.pool));
    if (adopted === undefined) return expect.unreachable();
    expect(adopted.epoch).toBeGreaterThan(lease.epoch);
    await producing.reseal(restored);
    while ((await turn(after.deps, adopted, connected.id)) !== 'nothing due');

    const objects = await objectsOf(connected.customer);
    expect(objects.flatMap(({ lines }) => lines)).toEqual(expectedLines(producing.lines.get('org_a') ?? []));
    expect(objects.map(({ key }) => key)).toEqual(expect.arrayContaining(sent));
    const head = await headOf(restored.pool, 'org_a');
    const [terms] = await destinationTerms(restored.pool as never, 'org_a', head);
    expect(terms).toMatchObject({ delivered: head, pending: 0 });
    await Promise.all([before.close(), doomed.close(), after.close(), restored.close()]);
  });

  it('and the objects of one range are taken up together, those that had been sent and those that had not', async () => {
    const connected = await connect(ledger.pool, 'org_parts', { layout: 'wiv' });
    const lease = await takeOver(ledger.pool);
    const restored = await backUp(ledger);
    const before = await courierDeps(ledger, { reached: killAt('courier.after-put', 2) });
    await producing.seal({ org_parts: 30 }, 7);
    await expect(turn(before.deps, lease, connected.id)).rejects.toThrow('courier.after-put');
    const sent = await filesOf(connected.customer);
    expect(sent).toHaveLength(2);

    const after = await courierDeps(restored);
    const adopted = await adoptPlans(after.deps, await takeOver(restored.pool));
    if (adopted === undefined) return expect.unreachable();
    await producing.reseal(restored);
    while ((await turn(after.deps, adopted, connected.id)) !== 'nothing due');

    const files = await filesOf(connected.customer);
    expect(files).toHaveLength(3);
    expect(files).toEqual(expect.arrayContaining(sent));
    const records = files.flatMap(
      ({ bytes }) => JSON.parse(gunzipSync(bytes).toString()) as { id: string }[],
    );
    const ids: string[] = (producing.lines.get('org_parts') ?? []).map((line) => JSON.parse(line).id);
    expect(records.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const [terms] = await destinationTerms(restored.pool as never, 'org_parts', 30);
    expect(terms).toMatchObject({ delivered: 30, pending: 0 });
    await Promise.all([before.close(), after.close(), restored.close()]);
  });

  it('a copy that the last courier was killed over is only noted', async () => {
    const connected = await connect(ledger.pool, 'org_b');
    await producing.seal({ org_b: 5 }, 7);
    const doomed = await courierDeps(ledger, { reached: killAt('courier.copy-written') });
    await expect(turn(doomed.deps, await takeOver(ledger.pool), connected.id)).rejects.toThrow(
      'courier.copy-written',
    );
    const next = await courierDeps(ledger);
    const lease = await adoptPlans(next.deps, await takeOver(ledger.pool));
    if (lease === undefined) return expect.unreachable();
    const { rows } = await ledger.pool.query(
      'SELECT copied_in FROM delivery.object_plan WHERE destination = $1',
      [connected.id],
    );
    expect(rows).toEqual([{ copied_in: expect.stringMatching(/^plans\/00000\//) }]);
    expect(await turn(next.deps, lease, connected.id)).toBe('delivered');
    expect(await objectsOf(connected.customer)).toHaveLength(1);
    await Promise.all([doomed.close(), next.close()]);
  });
});
