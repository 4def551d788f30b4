import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  joinBatches,
  missingOffsets,
  splitForSend,
  sendBytes,
  type FetchedBatch,
  type FetchedMessage,
} from '../src/index.ts';
import { takeOver, type KafkajsMessage } from '../src/fetched-work.ts';

type Kind = 'message' | 'hole' | 'lost';
const anyKinds = fc.array(fc.constantFrom<Kind>('message', 'hole', 'lost'), { minLength: 1, maxLength: 60 });
const message = (offset: number): FetchedMessage => ({
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: {},
});

function batchOf(kinds: Kind[], from: number): FetchedBatch {
  const at = (kind: Kind): number[] => kinds.flatMap((k, index) => (k === kind ? [from + index] : []));
  return {
    topic: 't',
    partition: 0,
    from,
    next: from + kinds.length,
    logEnd: 1e6,
    messages: at('message').map(message),
    holes: at('hole').map((offset) => ({ from: offset, to: offset })),
  };
}

describe('a fetched batch', () => {
  it('names exactly the offsets that are neither a message nor a hole', () => {
    fc.assert(
      fc.property(anyKinds, fc.nat(1e9), (kinds, from) => {
        const missing = missingOffsets(batchOf(kinds, from)).flatMap((gap) =>
          Array.from({ length: gap.to - gap.from + 1 }, (_, index) => gap.from + index),
        );
        expect(missing).toEqual(kinds.flatMap((kind, index) => (kind === 'lost' ? [from + index] : [])));
      }),
    );
  });

  it('joined with the next one reads like one', () => {
    fc.assert(
      fc.property(anyKinds, anyKinds, (first, second) => {
        const joined = joinBatches(batchOf(first, 5), batchOf(second, 5 + first.length));
        expect(joined).toEqual(batchOf([...first, ...second], 5));
      }),
    );
  });
});

describe('a batch as kafkajs fetched it', () => {
  const raw = (offset: number, extra: Partial<KafkajsMessage> = {}): KafkajsMessage => ({
    offset: String(offset),
    timestamp: '17',
    key: null,
    value: Buffer.from('v'),
    ...extra,
  });
  const batch = (rawMessages: KafkajsMessage[]) => ({
    topic: 't',
    partition: 0,
    highWatermark: '99',
    fetchedOffset: '3',
    rawMessages,
  });

  it('is taken from the position on, without what lies before it in the same record batch', () => {
    const work = takeOver(batch([raw(2), raw(3), raw(4)]), 3);
    expect(work).toMatchObject({
      kind: 'batch',
      batch: { from: 3, next: 5, messages: [{ offset: 3 }, { offset: 4 }] },
    });
  });

  it.each([
    ['a control record', [raw(3), raw(4, { isControlRecord: true })]],
    ['a transactional record', [raw(3), raw(4, { batchContext: { inTransaction: true } })]],
    ['an offset that is not there', [raw(3), raw(5)]],
  ])('is read again when it has %s', (_, messages) => {
    expect(takeOver(batch(messages), 3)).toMatchObject({ kind: 'reread', from: 3 });
  });

  it('keeps the last value of a header that occurs several times', () => {
    const work = takeOver(batch([raw(3, { headers: { a: [Buffer.from('1'), Buffer.from('2')] } })]), 3);
    expect(work?.kind === 'batch' && String(work.batch.messages[0]?.headers['a'])).toBe('2');
  });

  it('has no header where one came without a value', () => {
    const work = takeOver(batch([raw(3, { headers: { a: null, b: [Buffer.from('1'), null] } })]), 3);
    expect(work?.kind === 'batch' && work.batch.messages[0]?.headers).toEqual({ a: undefined, b: undefined });
  });
});

describe('messages to send', () => {
  it('are cut into sends below the limit, none lost, order kept', () => {
    const anyMessage = fc.record({
      key: fc.option(fc.string()),
      value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
    });
    fc.assert(
      fc.property(fc.array(anyMessage), (messages) => {
        const sends = splitForSend(messages, 500);
        expect(sends.flat()).toEqual(messages);
        for (const send of sends) {
          const bytes = send.reduce((sum, one) => sum + sendBytes(one), 0);
          expect(send.length === 1 || bytes <= 500).toBe(true);
        }
      }),
    );
  });
});
