import { randomUUID } from 'node:crypto';
import { Producer, type MessageToProduce } from '@platformatic/kafka';

/** How a record batch is packed. */
export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** A record as any producer might send it, however odd. */
export interface SentRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In their order; a name may occur several times, a value may be absent. */
  readonly headers?: readonly (readonly [name: Buffer | string, value: Buffer | string | null])[];
}

/** A partition to send to. */
export interface SendTo {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partition: number;
}

/**
 * Sends records as one record batch, as somebody else's producer would: none of our checks, packed by any codec.
 *
 * @returns the offset of the first
 */
export async function sendRecords(
  to: SendTo,
  records: readonly SentRecord[],
  compression: Codec = 'none',
): Promise<number> {
  const producer = new Producer({ clientId: 'somebody', bootstrapBrokers: [...to.brokers], compression });
  try {
    const { offsets } = await producer.send({ messages: records.map((record) => toMessage(record, to)) });
    return Number(offsets?.[0]?.offset);
  } finally {
    await producer.close();
  }
}

/** Sends record batches in a transaction, and ends it. */
export async function sendInTransaction(
  to: SendTo,
  batches: readonly { readonly records: readonly SentRecord[]; readonly codec: Codec }[],
  end: 'commit' | 'abort',
): Promise<void> {
  const transactionalId = `somebody-${randomUUID()}`;
  const bootstrapBrokers = [...to.brokers];
  const producer = new Producer({
    clientId: 'somebody',
    bootstrapBrokers,
    transactionalId,
    idempotent: true,
  });
  try {
    const transaction = await producer.beginTransaction();
    for (const { records, codec: compression } of batches)
      await transaction.send({ messages: records.map((record) => toMessage(record, to)), compression });
    await transaction[end]();
  } finally {
    await producer.close();
  }
}

function toMessage({ key, value, headers = [] }: SentRecord, { topic, partition }: SendTo) {
  // Names as objects of their own: a map of texts could hold each only once.
  const pairs = headers.map(([name, header]) => [bytesOf(name), header && bytesOf(header)] as const);
  // A null key, value or header is legal in Kafka and in the client, but not in its types.
  return { topic, partition, key, value, headers: new Map(pairs) } as unknown as MessageToProduce;
}

const bytesOf = (value: Buffer | string): Buffer => Buffer.from(value as string);
