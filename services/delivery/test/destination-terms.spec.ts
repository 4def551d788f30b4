import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationEquation } from '../src/domain/reconciliation.ts';
import { destinationTerms } from '../src/postgres/destination-terms.ts';
import { readSnapshot } from '../src/postgres/read-snapshot.ts';
import { windowsOfEvent } from '../src/locate-event.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

/** One object: how many events it holds and leaves out, and whether it has arrived. */
interface Planned {
  events: number;
  filtered: number;
  quarantined: number;
  sent: boolean;
}

let orgs = 0;

/** A destination with delivered windows and perhaps one under way, as the courier's statements leave them. */
async function destination(start: number, delivered: Planned[], underWay: Planned[], unplanned: number) {
  const org = `org_terms_${orgs++}`;
  const id = randomUUID();
  const run = (sql: string, values: unknown[]) => ledger.pool.query(sql, values);
  await run(
    `INSERT INTO delivery.destination (id, org, partition, version, status, bucket, prefix, external_id, state)
     VALUES ($1, $2, 0, 1, 'healthy', 'b', '', $3, '{}')`,
    [id, org, randomUUID()],
  );
  await run(
    `INSERT INTO delivery.destination_cursor (destination, org, partition, interval_s, start, cursor, next_at)
     VALUES ($1, $2, 0, 60, $3, $3, now())`,
    [id, org, start],
  );
  let sequence = start;
  const plan = async (window: number, { events, filtered, quarantined, sent }: Planned) => {
    const first = sequence + 1;
    sequence += events + filtered + quarantined;
    const planId = randomUUID();
    await run(
      `INSERT INTO delivery.object_plan (id, window_id, destination, first, last, part, layout, layout_version, key, events,
         filtered, quarantined, bytes, digest, planned_at) VALUES ($1, $2, $3, $4, $5, '', 'auditorium', 1, $6, $7, $8, $9, 1, '', now())`,
      [planId, window, id, first, sequence, `key-${first}`, events, filtered, quarantined],
    );
    if (!sent || events === 0) return;
    const attempt = await run(
      'INSERT INTO delivery.attempt (plan, number, epoch) VALUES ($1, 1, 1) RETURNING id',
      [planId],
    );
    await run(
      'INSERT INTO delivery.receipt (plan, destination, attempt, found, events, bytes) VALUES ($1, $2, $3, false, $4, 1)',
      [planId, id, attempt.rows[0].id, events],
    );
  };
  const window = async (state: string, plans: Planned[], beyond: number) => {
    const total = plans.reduce((sum, each) => sum + each.events + each.filtered + each.quarantined, beyond);
    if (total === 0) return;
    const { rows } = await run(
      `INSERT INTO delivery.delivery_window (destination, first, last, settings_version, shape, state) VALUES ($1, $2, $3, 1, '{}', $4) RETURNING id`,
      [id, sequence + 1, sequence + total, state],
    );
    for (const each of plans) await plan(rows[0].id, each);
  };
  for (const each of delivered) await window('delivered', [{ ...each, sent: true }], 0);
  await run('UPDATE delivery.destination_cursor SET cursor = $2 WHERE destination = $1', [id, sequence]);
  await window(unplanned > 0 ? 'open' : 'planned', underWay, unplanned);
  return { org, id, head: sequence + unplanned };
}

const planned = fc
  .record({
    events: fc.nat({ max: 50 }),
    filtered: fc.nat({ max: 5 }),
    quarantined: fc.nat({ max: 2 }),
    sent: fc.boolean(),
  })
  .filter((each) => each.events + each.filtered + each.quarantined > 0);

const termsOf = async (org: string, head: number) =>
  readSnapshot(ledger.pool, (client) => destinationTerms(client, org, head));

describe('Invariant 4: the terms of a destination', () => {
  it('add up at every moment between opening a window and its last receipt, and beyond it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 1000 }),
        fc.array(planned, { maxLength: 3 }),
        fc.array(planned, { maxLength: 3 }),
        fc.nat({ max: 30 }),
        fc.nat({ max: 30 }),
        async (start, delivered, underWay, unplanned, beyond) => {
          const given = await destination(start, delivered, underWay, unplanned);
          const head = given.head + beyond;
          const [terms] = await termsOf(given.org, head);
          const sent = [...delivered, ...underWay.filter((each) => each.sent)];
          expect(terms).toMatchObject({
            id: given.id,
            start,
            delivered: sent.reduce((sum, each) => sum + each.events, 0),
            filtered: [...delivered, ...underWay].reduce((sum, each) => sum + each.filtered, 0),
          });
          expect(terms && destinationEquation(head, terms)).toMatchObject({ holds: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('do not add up when a window counts as delivered although an object has no receipt', async () => {
    const object = { events: 10, filtered: 0, quarantined: 0, sent: true };
    const { org, head, id } = await destination(0, [object, object], [], 0);
    await ledger.pool.query(
      'DELETE FROM delivery.receipt WHERE plan = (SELECT plan FROM delivery.receipt WHERE destination = $1 LIMIT 1)',
      [id],
    );
    const [terms] = await termsOf(org, head);
    expect(terms && destinationEquation(head, terms)).toMatchObject({ left: 20, right: 10, holds: false });
  });
});

describe('what became of an event', () => {
  it('is told for each destination: delivered, planned, in an open window, or not yet its turn', async () => {
    const object = { events: 10, filtered: 0, quarantined: 0, sent: true };
    const { org, id } = await destination(0, [object], [object, { ...object, sent: false }], 5);
    const at = async (sequence: number) => {
      const windows = await windowsOfEvent(ledger.pool, org, sequence, () => expect.unreachable());
      return windows.map(({ destination: of, object: key, state }) => [of, key, state]);
    };
    expect(await at(10)).toEqual([[id, 'key-1', 'delivered']]);
    expect(await at(11)).toEqual([[id, 'key-11', 'delivered']]);
    expect(await at(30)).toEqual([[id, 'key-21', 'open']]);
    expect(await at(35)).toEqual([[id, null, 'open']]);
    expect(await at(36)).toEqual([]);
  });
});
