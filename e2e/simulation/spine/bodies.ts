import type { World } from '../kernel/world.ts';
import type { Sent } from './sent.ts';

/** A body as a product writes it. */
export function eventOf(org: string, id: string, timeMs: number, note: string, source = 'shop'): Sent {
  const body = {
    specversion: '1.0',
    id,
    source,
    type: 'project.renamed',
    time: new Date(timeMs).toISOString(),
    orgid: org,
    data: {
      actor: { type: 'user', id: 'u_1' },
      targets: [{ type: 'project', id: 'p_1' }],
      outcome: 'success',
      metadata: { note },
    },
  };
  return { org, source, id, value: Buffer.from(JSON.stringify(body)), time: timeMs };
}

/** A message that must be rejected, with the code that it must get. */
export function poisonOf(world: World, org: string, id: string): Sent {
  const good = eventOf(org, id, world.now(), 'poison');
  const text = good.value.toString();
  const broken: [string, Buffer][] = [
    ['not-json', Buffer.from(text.slice(0, -3))],
    ['raw-newline', Buffer.from(`${text}\n`)],
    ['org-mismatch', eventOf(`${org}x`, id, world.now(), 'poison').value],
    ['time-invalid', Buffer.from(text.replace(/"time":"[^"]*"/, '"time":"yesterday"'))],
    ['duplicate-key', Buffer.from(`{"id":"${id}",${text.slice(1)}`)],
    ['attribute-reserved', Buffer.from(`{"orgname":"Evil",${text.slice(1)}`)],
  ];
  const [defect, value] = world.random.pick(broken);
  return { ...good, value, defect };
}
