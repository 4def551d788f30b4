import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  missingOffsets,
  splitForSend,
  sendBytes,
  type FetchedBatch,
  type FetchedMessage,
} from '../src/index.ts';
import { takeOver, type KafkajsBatch } from '../src/fetched-work.ts';
import { splitRecordBatches } from '../src/record-batch.ts';
import { recordBatch } from './record-batches.ts';

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
});

describe('a batch as kafkajs fetched it', () => {
  const fetched = (...batches: Buffer[]): KafkajsBatch => ({
    topic: 't',
    partition: 0,
    highWatermark: '99',
    fetchedOffset: '3',
    rawMessages: [{ offset: '9', fetched: { ...splitRecordBatches(Buffer.concat(batches)), aborted: [] } }],
  });
  const at = (first: number, count: number): Buffer =>
    recordBatch(
      Array.from({ length: count }, () => ({})),
      { first },
    );

  it('is taken from the position on, without what lies before it in the same record batch', () => {
    const work = takeOver(fetched(at(2, 3)), 3);
    expect(work).toMatchObject({ kind: 'stretch', stretch: { from: 3, next: 5 } });
  });

  it('is read again when offsets are missing in it', () => {
    expect(takeOver(fetched(at(3, 1), at(5, 1)), 3)).toEqual({ kind: 'reread', from: 3, next: 6 });
    expect(takeOver(fetched(at(4, 1)), 3)).toEqual({ kind: 'reread', from: 3, next: 5 });
  });

  it('is taken up to a record batch that came damaged, which is fetched again', () => {
    const damaged = at(4, 1);
    damaged[60]! ^= 1;
    expect(takeOver(fetched(at(3, 1), damaged), 3)).toMatchObject({ kind: 'stretch', stretch: { next: 4 } });
    expect(takeOver(fetched(damaged), 3)).toBe('corrupt');
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
