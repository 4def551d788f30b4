import { AuditoriumError } from '@auditorium/events';
import { createRequire } from 'node:module';

/**
 * Most records of one record batch. Decoded they take about 600 bytes each, whatever they hold, and a compressed batch of
 * a few kilobytes can announce millions. An honest batch of 1 MiB unpacks to a tenth of this.
 */
export const MAX_BATCH_RECORDS = 250_000;

/** Kafkajs gives a fetch its longest wait plus 100 ms, so that a busy broker looks like a dead one. */
const FETCH_TIMEOUT_MS = 15_000;

/** Where the number of records stands in a record batch (KIP-98), and the least a batch can be. */
const COUNT_AT = 57;
const BATCH_OVERHEAD = 61;
const MAGIC_AT = 16;
const MAGIC = 2;

interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}
type FetchRequests = { protocol: (definition: object) => (options: object) => object };

const kafkajs = createRequire(createRequire(import.meta.url).resolve('kafkajs'));
let amended = false;

interface Runner {
  readonly running: boolean;
  fetch(node: string): Promise<unknown>;
}

/**
 * Mends three things inside kafkajs 2.2.4 that no option reaches, before its first fetch: the time a fetch may take; the
 * decoding of a fetched partition, which passes all records of a batch as arguments of one call and so dies of a batch
 * with more than some 120,000; and what a consumer does that is stopped while the set of brokers changes. Its version is pinned exactly; the tests fail if a new one no longer has these places.
 */
export function amendKafkajs(): void {
  if (amended) return;
  amended = true;
  const fetchRequests = kafkajs('./src/protocol/requests/fetch') as FetchRequests;
  const { protocol } = fetchRequests;
  fetchRequests.protocol = (definition) => {
    const create = protocol(definition);
    return (options) => ({ ...create(options), requestTimeout: FETCH_TIMEOUT_MS });
  };
  const place = kafkajs.resolve('./src/protocol/requests/fetch/v4/decodeMessages');
  kafkajs(place);
  (kafkajs.cache[place] as { exports: unknown }).exports = decodeMessages;
  endFetchers(kafkajs('./src/consumer/runner') as { prototype: Runner });
}

/**
 * A stopped consumer answers its own fetchers with nothing, at once. Fetchers that were made anew at that moment, because
 * a broker came or went, then ask for ever without a pause, and nothing else in the process runs again. An error ends them;
 * kafkajs catches it, sees that it was stopped, and leaves the group.
 */
function endFetchers({ prototype }: { prototype: Runner }): void {
  const { fetch } = prototype;
  prototype.fetch = function fetchWhileRunning(this: Runner, node: string): Promise<unknown> {
    return this.running ? fetch.call(this, node) : Promise.reject(new Error('the consumer was stopped'));
  };
}

/** The records of one partition's part of a fetch answer, in the words of kafkajs; as there, a cut-off last batch is left. */
async function decodeMessages(decoder: Decoder): Promise<unknown[]> {
  const size = decoder.readInt32();
  if (size <= 0 || !decoder.canReadBytes(size)) return [];
  const bytes = decoder.readBytes(size);
  const DecoderOf = kafkajs('./src/protocol/decoder') as new (buffer: Buffer) => Decoder;
  const batches = new DecoderOf(bytes);
  if (bytes[MAGIC_AT] !== MAGIC) return decodeOld(batches, size);
  const decodeBatch = kafkajs('./src/protocol/recordBatch/v0/decoder') as (
    from: Decoder,
  ) => Promise<{ records: unknown[] }>;
  const records: unknown[] = [];
  while (batches.canReadBytes(BATCH_OVERHEAD)) {
    requireCount(batches.buffer.readInt32BE(batches.offset + COUNT_AT));
    const batch = await decodeBatch(batches).catch(leavePartial);
    if (!batch) break;
    for (const record of batch.records) records.push(record);
  }
  return records;
}

function decodeOld(batches: Decoder, size: number): Promise<unknown[]> {
  const decode = kafkajs('./src/protocol/messageSet/decoder') as (
    from: Decoder,
    size: number,
  ) => Promise<unknown[]>;
  return decode(batches, size);
}

function requireCount(count: number): void {
  if (count <= MAX_BATCH_RECORDS) return;
  throw new AuditoriumError(
    'batch-unreadable',
    `A record batch of ${count} records is more than ${MAX_BATCH_RECORDS}`,
  );
}

function leavePartial(error: unknown): undefined {
  if ((error as Error).name !== 'KafkaJSPartialMessageError') throw error;
  return undefined;
}
