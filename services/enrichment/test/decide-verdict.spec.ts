import { rawHeadersOf } from '@auditorium/events';
import { describe, expect, it } from 'vitest';
import { decideVerdict, type RawRecord } from '../src/domain/decide-verdict.ts';
import { Directory } from '../src/domain/directory.ts';
import { enrichedMessage } from '../src/domain/enriched-message.ts';
import { PartitionState } from '../src/domain/partition-state.ts';
import { RepeatMemory } from '../src/domain/repeat-memory.ts';
import { APPENDED, lineOf } from './raw-records.ts';

const ORG = 'org_a';
const PLACE = { partition: 0, partitions: 1 };
const SPAN = 10;

/** A partition to which records are sent one by one; says the verdict, or the code. */
function partition(): { send: (id: string, o?: Sent) => string; skip: (offsets: number) => void } {
  const state = new PartitionState(-1, new RepeatMemory(SPAN));
  let offset = 0;
  return {
    skip: (offsets) => (offset += offsets),
    send: (id, { note = '', from, body } = {}) => {
      const headers = from === undefined ? {} : rawHeadersOf({ outbox: from[0], sequence: from[1] });
      const value = body === undefined ? lineOf(ORG, id, note) : Buffer.from(body);
      const record: RawRecord = { offset, timestamp: APPENDED, key: Buffer.from(ORG), value, headers };
      const decision = decideVerdict(state, record, PLACE);
      state.advance(decision);
      offset += 1;
      return decision.code ?? decision.verdict;
    },
  };
}
interface Sent {
  note?: string;
  from?: [outbox: string, sequence: number];
  body?: string;
}

describe('what a verdict leaves behind', () => {
  it('a rejected event reserves neither its number nor its id: mended, it is accepted', () => {
    const { send } = partition();
    expect(send('a', { from: ['shop/1', 5], body: '{"half":' })).toBe('not-json');
    expect(send('a', { from: ['shop/1', 5] })).toBe('accepted');
    expect(send('a', { note: 'other' })).toBe('id-reused');
    expect(send('a')).toBe('repeat');
  });

  it('numbers may leave gaps, and each outbox has its own', () => {
    const { send } = partition();
    expect(send('a', { from: ['shop/1', 5] })).toBe('accepted');
    expect(send('b', { from: ['shop/1', 50] })).toBe('accepted');
    expect(send('c', { from: ['shop/2', 5] })).toBe('accepted');
    expect(send('d', { from: ['shop/1', 6] })).toBe('sequence-reused');
    expect(send('e', { from: ['shop/1', 0] })).toBe('sequence-reused');
    expect(send('f', { from: ['shop/1', 51] })).toBe('accepted');
  });

  it('a number that is used again, once the memory has forgotten it, is told as such and not dropped', () => {
    const { send, skip } = partition();
    expect(send('a', { from: ['shop/1', 5] })).toBe('accepted');
    skip(SPAN - 1);
    expect(send('a', { from: ['shop/1', 5] })).toBe('repeat');
    skip(SPAN - 1);
    expect(send('a', { from: ['shop/1', 5] })).toBe('repeat');
    skip(SPAN);
    expect(send('a', { from: ['shop/1', 5] })).toBe('sequence-reused');
  });

  it('an import is never anything but a repeat the second time', () => {
    const { send, skip } = partition();
    expect(send('a', { from: ['import/f00', 1000] })).toBe('accepted');
    skip(SPAN * 3);
    expect(send('a', { from: ['import/f00', 1000] })).toBe('repeat');
    expect(send('z', { from: ['import/f00', 0] })).toBe('repeat');
    expect(send('b', { from: ['import/f00', 1001] })).toBe('accepted');
  });

  it('an identity without an outbox is forgotten after the memory’s span of offsets', () => {
    const { send, skip } = partition();
    expect(send('a')).toBe('accepted');
    skip(SPAN - 1);
    expect(send('a', { note: 'other' })).toBe('id-reused');
    expect(send('a')).toBe('accepted');
  });

  it('an event that moves to another outbox is still known', () => {
    const { send } = partition();
    expect(send('a', { from: ['shop/1', 5] })).toBe('accepted');
    expect(send('a', { from: ['shop/9', 1] })).toBe('repeat');
    expect(send('a')).toBe('repeat');
  });
});

describe('what the directory knows', () => {
  const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const org = { org: ORG, slug: 'a', name: 'A', plan: 'enterprise', version: 1 };
  const actor = { org: ORG, type: 'user', id: 'u_1', version: 1, roles: ['admin'] };
  const added = (directory: Directory): object => {
    const record = {
      offset: 0,
      timestamp: APPENDED,
      key: Buffer.from(ORG),
      value: lineOf(ORG, 'a'),
      headers: {},
    };
    const { value } = enrichedMessage(
      record,
      decideVerdict(new PartitionState(), record, PLACE),
      0,
      directory,
    );
    const all = JSON.parse(value!.toString()) as Record<string, unknown>;
    const names = ['acceptedtime', 'orgname', 'orgslug', 'actorversion', 'actorroles'];
    return Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
  };
  const acceptedtime = new Date(APPENDED).toISOString();

  it('is added as it last was, and goes when the directory takes it back', () => {
    const directory = new Directory();
    expect(added(directory)).toEqual({ acceptedtime });
    directory.applyOrg(ORG, bytes(org));
    directory.applyActor(`${ORG}/user/u_1`, bytes(actor));
    directory.applyOrg(ORG, bytes({ ...org, name: 'B\nC' }));
    expect(added(directory)).toEqual({
      acceptedtime,
      orgname: 'B\nC',
      orgslug: 'a',
      actorversion: 1,
      actorroles: ['admin'],
    });
    directory.applyActor(`${ORG}/user/u_1`, null);
    directory.applyOrg(ORG, null);
    expect(added(directory)).toEqual({ acceptedtime });
  });

  it('stays as it was when a record cannot be read or stands under another key', () => {
    const directory = new Directory();
    expect(directory.applyOrg(ORG, bytes(org))).toBe(true);
    expect(directory.applyOrg(ORG, Buffer.from('{'))).toBe(false);
    expect(directory.applyOrg('org_b', bytes(org))).toBe(false);
    expect(directory.applyActor(`${ORG}/user/u_2`, bytes(actor))).toBe(false);
    expect(added(directory)).toEqual({ acceptedtime, orgname: 'A', orgslug: 'a' });
  });

  it('never makes a verdict too large to be written, and is always text that every store takes', () => {
    const directory = new Directory();
    directory.applyOrg(ORG, bytes({ ...org, name: 'x'.repeat(60_000) }));
    expect(added(directory)).toEqual({ acceptedtime });
    directory.applyOrg(ORG, Buffer.from(JSON.stringify({ ...org, name: 'a\0b\ud800c' })));
    expect(added(directory)).toMatchObject({ orgname: 'ab\ufffdc' });
  });
});
