import { hash, randomUUID } from 'node:crypto';
import { DEFAULT_PARTITIONS, partitionOf } from '@auditorium/events';
import type { SentEvent } from '../checker/index.ts';

/** A message for raw, with what must become of it. */
export interface Message {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly source: string;
  readonly id: string;
  readonly fate: SentEvent['fate'];
}

export const SOURCE = 'faults/direct';

/** As its producer knows it. */
export function sentOf(message: Message, acknowledged: boolean, offset?: number): SentEvent {
  const { key, value, partition, source, id, fate } = message;
  const digest = hash('sha256', value ?? Buffer.alloc(0), 'hex');
  const event = { org: key ?? '', source, id, digest, acknowledged, fate };
  return offset === undefined ? event : { ...event, place: { partition, offset } };
}

/** A good event. */
export function goodMessage(org: string): Message {
  const id = randomUUID();
  return { ...messageOf(org, eventOf(org, id)), source: SOURCE, id, fate: 'accepted' };
}

function messageOf(org: string, event: object | string): Omit<Message, 'source' | 'id' | 'fate'> {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  return { key: org, value: Buffer.from(text), partition: partitionOf(org, DEFAULT_PARTITIONS) };
}

function eventOf(org: string, id: string): Record<string, unknown> {
  return {
    specversion: '1.0',
    id,
    source: SOURCE,
    type: 'door.opened',
    time: new Date().toISOString(),
    orgid: org,
    data: {
      actor: { type: 'user', id: `u_${Math.floor(Math.random() * 50)}` },
      targets: [{ type: 'door', id: `d_${Math.floor(Math.random() * 100)}` }],
      outcome: 'success',
      metadata: { note: 'ß}"\\'.repeat(Math.floor(Math.random() * 40)) },
    },
  };
}

/** Ways in which an event can be wrong. Each makes other bytes every time. */
const POISONS: readonly ((org: string) => Pick<Message, 'key' | 'value' | 'partition'>)[] = [
  (org) => messageOf(org, `this is no JSON: ${randomUUID()}`),
  (org) => messageOf(org, { ...eventOf('org_other', randomUUID()) }),
  (org) => messageOf(org, { ...eventOf(org, randomUUID()), acceptedtime: '2026-01-01T00:00:00Z' }),
  (org) => messageOf(org, { ...eventOf(org, randomUUID()), time: 'yesterday' }),
  (org) => messageOf(org, { ...eventOf(org, randomUUID()), data: { nested: nested(40) } }),
  (org) => messageOf(org, `{"id":"${randomUUID()}","id":"again"}`),
  (org) => messageOf(org, `${JSON.stringify(eventOf(org, randomUUID()))}\n`),
  (org) => messageOf(org, { ...eventOf(org, randomUUID()), data: { text: '\u0000' } }),
  (org) => messageOf(org, `{"id":"${randomUUID()}\\ud800"}`),
  (org) => ({ ...messageOf(org, eventOf(org, randomUUID())), partition: otherPartition(org) }),
  (org) => ({ ...messageOf(org, eventOf(org, randomUUID())), key: null }),
  (org) => ({ ...messageOf(org, eventOf(org, randomUUID())), key: `not an org ${randomUUID()}` }),
  (org) => ({ ...messageOf(org, ''), value: null }),
  (org) => ({
    ...messageOf(org, ''),
    value: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(randomUUID())]),
  }),
];

/** An event that must be rejected. */
export function poisonMessage(org: string): Message {
  const poison = POISONS[Math.floor(Math.random() * POISONS.length)]!;
  return { ...poison(org), source: '', id: '', fate: 'rejected' };
}

/** The identity of an event that was accepted, with other content. */
export function reusedId(original: Message): Message {
  const org = original.key ?? '';
  const event = { ...eventOf(org, original.id), subject: `other/${randomUUID()}` };
  return { ...messageOf(org, event), source: SOURCE, id: original.id, fate: 'rejected' };
}

function nested(depth: number): unknown {
  return depth === 0 ? randomUUID() : [nested(depth - 1)];
}

function otherPartition(org: string): number {
  return (partitionOf(org, DEFAULT_PARTITIONS) + 1) % DEFAULT_PARTITIONS;
}
