import { partitionOf } from '@auditorium/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARTITIONS, startService, writeEvents } from './service-harness.ts';
import { history } from './sealer-harness.ts';

let service: Awaited<ReturnType<typeof startService>>;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('a sealer that somebody fences off although the partition is its own', () => {
  it('opens the partition again by itself, also when no message follows', async () => {
    const org = 'org_fenced';
    const { pool } = service.delivery;
    for (let round = 0; round < 3; round += 1) {
      await writeEvents(service, org, { from: round * 10, count: 10 });
      await pool.query('UPDATE delivery.partition SET epoch = epoch + 1 WHERE partition = $1', [
        partitionOf(org, PARTITIONS),
      ]);
      await expect
        .poll(async () => (await history(service.delivery, org)).length, { timeout: 20_000 })
        .toBe((round + 1) * 10);
    }
    const events = await history(service.delivery, org);
    expect(events.map(({ raw }) => raw)).toEqual(Array.from({ length: 30 }, (_, raw) => raw));
  });
});
