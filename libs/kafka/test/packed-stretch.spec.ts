import fc from 'fast-check';
import { LIMITS } from '@auditorium/events';
import { describe, expect, it } from 'vitest';
import { missingOffsets, type FetchedBatch } from '../src/index.ts';
import { joinStretches, packStretch, type PackedStretch } from '../src/packed-stretch.ts';
import { splitRecordBatches } from '../src/record-batch.ts';
import { unpackStretch } from '../src/unpack-stretch.ts';
import { recordBatch, type BatchChange, type TestRecord } from './record-batches.ts';

const say = (text: string): TestRecord => ({ value: Buffer.from(text) });
const place = (from: number) => ({ topic: 't', partition: 3, from, logEnd: 99 });

function stretchOf(bytes: Buffer, from = 0): PackedStretch {
  const stretch = packStretch(splitRecordBatches(bytes), [], place(from));
  if (!stretch) throw new Error('nothing there');
  return stretch;
}

const all = (stretch: PackedStretch): Promise<FetchedBatch[]> =>
  Array.fromAsync(unpackStretch(stretch, true));
const unpack = (bytes: Buffer, from = 0): Promise<FetchedBatch[]> => all(stretchOf(bytes, from));
const textsOf = (batches: FetchedBatch[]): string[] =>
  batches.flatMap(({ messages }) => messages.map(({ value }) => String(value)));

/** An honest neighbour on both sides of a batch of three records. */
function between(change: BatchChange, records = ['x', 'y', 'z'].map(say)): { bytes: Buffer; odd: Buffer } {
  const odd = recordBatch(records, { first: 2, ...change });
  const last = 2 + records.length;
  const bytes = Buffer.concat([
    recordBatch(['a', 'b'].map(say)),
    odd,
    recordBatch([say('c')], { first: last }),
  ]);
  return { bytes, odd };
}

describe('a record batch that cannot be read', () => {
  const manyHeaders = Array.from({ length: LIMITS.recordHeaders + 1 }, () => ['h', null] as const);
  const cases: [string, BatchChange, TestRecord[]?][] = [
    ['claims more records than are taken', { count: LIMITS.batchRecords + 1 }],
    ['claims less than none', { count: -1 }],
    ['claims more records than it has', { count: 4 }],
    ['has more bytes than its records', { count: 2 }],
    ['is cut off inside a record', { unpacked: (bytes) => bytes.subarray(0, -1) }],
    [
      'has a record of a length that is none',
      { unpacked: (bytes) => Buffer.concat([Buffer.from([1]), bytes]) },
    ],
    ['is no gzip', { codec: 'gzip', packed: () => Buffer.from('x') }],
    ['is no snappy', { codec: 'snappy', packed: () => Buffer.from([255, 255, 255, 255, 255, 255]) }],
    ['is no lz4', { codec: 'lz4', packed: () => Buffer.from('x') }],
    ['is no zstd', { codec: 'zstd', packed: () => Buffer.from('x') }],
    ['has a record with too many headers', {}, [say('x'), { headers: manyHeaders }]],
    [
      'unpacks to too much',
      { codec: 'zstd', unpacked: (bytes) => Buffer.concat([bytes, Buffer.alloc(LIMITS.batchBytes)]) },
    ],
  ];

  it.each(cases)(
    'and %s is one message with its bytes as sent; its neighbours are read',
    async (_, change, records) => {
      const { bytes, odd } = between(change, records);
      const batches = await unpack(bytes);
      const last = 1 + (records ?? ['x', 'y', 'z']).length;
      expect(textsOf(batches).filter((text) => 'abc'.includes(text))).toEqual(['a', 'b', 'c']);
      const messages = batches.flatMap((batch) => batch.messages);
      expect(messages.filter(({ isUnreadable }) => isUnreadable)).toEqual([
        expect.objectContaining({ offset: last, key: null, headers: {}, value: odd.subarray(61) }),
      ]);
      expect(batches.flatMap(missingOffsets)).toEqual([]);
      expect(batches.at(-1)?.next).toBe(last + 2);
    },
  );

  it('is an error to whoever did not ask for it, after all that lies before it', async () => {
    const { bytes } = between({ count: 4 });
    const reading = unpackStretch(stretchOf(bytes), false);
    expect((await reading.next()).value).toMatchObject({
      from: 0,
      next: 2,
      messages: [{ offset: 0 }, { offset: 1 }],
    });
    await expect(reading.next()).rejects.toMatchObject({ code: 'batch-unreadable' });
  });

  it('is one message also to a reader that begins inside it', async () => {
    const [batch] = await unpack(between({ count: 4 }).bytes, 3);
    expect(batch).toMatchObject({
      from: 3,
      messages: [{ offset: 4, isUnreadable: true }, { offset: 5 }],
      holes: [{ from: 3, to: 3 }],
    });
  });

  it('is no message at all in an aborted transaction', async () => {
    const bytes = recordBatch(['x', 'y'].map(say), { count: 7, transactional: { producerId: 5n } });
    const stretch = packStretch(splitRecordBatches(bytes), [{ producerId: 5n, firstOffset: 0n }], place(0));
    expect(await all(stretch!)).toEqual([
      expect.objectContaining({ messages: [], holes: [{ from: 0, to: 1 }], next: 2 }),
    ]);
  });
});

describe('a stretch', () => {
  it('joined with the next one reads like one fetched at once, from any position', async () => {
    const anyTexts = fc.array(fc.string(), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anyTexts, anyTexts, fc.nat(7), async (one, two, skipped) => {
        const from = Math.min(skipped, one.length - 1);
        const first = recordBatch(one.map(say));
        const second = recordBatch(two.map(say), { first: one.length, codec: 'gzip' });
        const joined = joinStretches(stretchOf(first, from), stretchOf(second, one.length));
        const batches = await all(joined);
        expect(textsOf(batches)).toEqual([...one, ...two].slice(from));
        expect(batches).toEqual(await unpack(Buffer.concat([first, second]), from));
      }),
    );
  });

  it('is handed on in pieces that memory can hold, each beginning where the one before ended', async () => {
    const large = Buffer.alloc(1_000_000);
    const records = Array.from({ length: 30 }, () => ({ value: large }));
    const batches = await unpack(recordBatch(records, { codec: 'zstd' }), 4);
    expect(batches.length).toBeGreaterThan(3);
    let next = 4;
    for (const batch of batches) {
      expect(batch.from).toBe(next);
      expect(missingOffsets(batch)).toEqual([]);
      ({ next } = batch);
    }
    expect(next).toBe(30);
  });

  it('made to blow up waits until another partition is through with its own, which an error or a break ends too', async () => {
    const large = recordBatch([{ value: Buffer.alloc(20_000_000) }], { codec: 'zstd' });
    const first = unpackStretch(stretchOf(large), true);
    expect((await first.next()).value).toMatchObject({ next: 1 });
    const second = unpackStretch(stretchOf(large), true);
    let isThere = false;
    const waiting = second.next().then(() => (isThere = true));
    // Small ones do not wait.
    expect(textsOf(await unpack(recordBatch([say('small')])))).toEqual(['small']);
    expect(isThere).toBe(false);
    await first.return();
    await waiting;
    await second.throw(new Error('taking failed')).catch(() => {});
    expect(await unpack(large)).toHaveLength(1);
  });

  it('keeps the last value of a header that occurs several times, and has none where one came without a value', async () => {
    const headers = [
      ['a', Buffer.from('1')],
      ['b', Buffer.from('1')],
      ['a', Buffer.from('2')],
      ['b', null],
      ['__proto__', Buffer.from('x')],
    ] as const;
    const [{ messages } = { messages: [] }] = await unpack(recordBatch([{ headers }]));
    const [message] = messages;
    expect(message?.headers).toEqual({ a: Buffer.from('2'), b: undefined });
    expect(Object.getPrototypeOf(message?.headers)).toBe(Object.prototype);
  });

  it('names offsets that a record batch lacks as missing', async () => {
    const bytes = recordBatch(['x', 'y'].map(say), {
      // The delta of the second record: behind length, attributes and time.
      unpacked: (records) =>
        Buffer.from(records.map((byte, at) => (at === records.length / 2 + 3 ? 4 : byte))),
    });
    bytes.writeInt32BE(2, 23);
    const batch = packStretch({ batches: splitUnchecked(bytes), isCorrupt: false }, [], place(0));
    expect((await all(batch!)).flatMap(missingOffsets)).toEqual([{ from: 1, to: 1 }]);
  });
});

/** Splits a batch whose head was changed after its checksum. */
function splitUnchecked(bytes: Buffer) {
  const { batches } = splitRecordBatches(recordBatch(['x', 'y'].map(say)));
  return batches.map((batch) => ({ ...batch, last: bytes.readInt32BE(23), records: bytes.subarray(61) }));
}

describe('damaged bytes', () => {
  it('end what is taken over before them, wherever they lie', () => {
    const first = recordBatch(['a', 'b'].map(say));
    const second = recordBatch([say('c')], { first: 2 });
    // All but the offset, the length (which then cuts the batch off) and the leader epoch are under the checksum.
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: second.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, mask) => {
          const hurt = Buffer.from(second);
          hurt[at]! ^= mask;
          const split = splitRecordBatches(Buffer.concat([first, hurt]));
          expect(split.isCorrupt).toBe(true);
          expect(split.batches.map(({ last }) => last)).toEqual([1]);
        },
      ),
    );
  });

  it('are not taken for a batch that was cut off by the size of the fetch', () => {
    const bytes = Buffer.concat([
      recordBatch([say('a')]),
      recordBatch([say('b')], { first: 1 }).subarray(0, -1),
    ]);
    expect(splitRecordBatches(bytes)).toMatchObject({ isCorrupt: false, batches: [{ first: 0, last: 0 }] });
  });
});
