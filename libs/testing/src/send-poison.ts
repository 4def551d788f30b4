import fc from 'fast-check';
import { anyPoison } from './any-poison.ts';
import { poisonBatches } from './poison-batches.ts';
import type { Poison } from './poison-cases.ts';
import { LineWriter } from './poison-lines.ts';
import { poisonOf, type PoisonPlace } from './poison.ts';
import { sendInTransaction, sendRecords, type Codec, type SendTo, type SentRecord } from './send-records.ts';

/** What must become of the record at a raw offset, or of the whole record batch that ends there. */
export interface ExpectedVerdict {
  readonly offset: number;
  readonly name: string;
  readonly verdict: Poison['verdict'];
  readonly key: Buffer | null;
  /** What was sent; of a whole batch nothing, because it is packed. */
  readonly value: Buffer | null;
}

/** Above this a record batch is sent: with one more of the largest records it still is below Kafka's 1 MiB. */
const ENOUGH_BYTES = 90_000;
const CODECS: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/**
 * Sends the whole corpus to the org's partition, packed by every codec, with a good event before and behind each hostile
 * one; then `generated` ones made from `seed`; then batches that nobody should unpack, by themselves, in a transaction that
 * is committed, and in one that is aborted.
 *
 * @returns the verdicts that must be given, by offset
 */
export async function sendPoison(
  to: SendTo,
  place: PoisonPlace,
  made: { readonly seed: number; readonly generated: number },
): Promise<ExpectedVerdict[]> {
  const sending = new PoisonSending(to, place);
  for (const poison of poisonOf(place)) await sending.add(poison);
  const generated = fc.sample(anyPoison(place.org), { seed: made.seed, numRuns: made.generated });
  for (const poison of generated) await sending.add(poison);
  await sending.flush();
  for (const { name, codec, records } of poisonBatches(sending.neighbour())) {
    const base = await sendRecords(to, records, codec);
    sending.expectWhole(name, base + records.length - 1);
    await sending.add();
    await sending.flush();
  }
  await sending.transactions();
  return sending.expected;
}

class PoisonSending {
  readonly expected: ExpectedVerdict[] = [];
  readonly #to: SendTo;
  readonly #write: LineWriter;
  #waiting: Poison[] = [];
  #bytes = 0;
  #neighbours = 0;
  #sends = 0;

  constructor(to: SendTo, { org, now }: PoisonPlace) {
    this.#to = to;
    this.#write = new LineWriter(org, now);
  }

  /** A good event, another one each time. */
  neighbour(): Poison {
    const id = `neighbour ${this.#neighbours++}`;
    const key = Buffer.from(this.#write.org);
    return { name: id, verdict: 'accepted', key, value: this.#write.bytes(id) };
  }

  /** Adds a good event, and a hostile one behind it. */
  async add(poison?: Poison): Promise<void> {
    this.#waiting.push(this.neighbour(), ...(poison ? [poison] : []));
    this.#bytes += (poison?.value?.length ?? 0) + (poison?.key?.length ?? 0);
    for (const [name, value] of poison?.headers ?? []) this.#bytes += name.length + (value?.length ?? 0);
    if (this.#bytes > ENOUGH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const records = [...this.#waiting, this.neighbour()];
    this.#waiting = [];
    this.#bytes = 0;
    const base = await sendRecords(this.#to, records, CODECS[this.#sends++ % CODECS.length]);
    records.forEach((record, index) => this.#expect(base + index, record));
  }

  expectWhole(name: string, offset: number): void {
    this.expected.push({ offset, name, verdict: 'batch-unreadable', key: null, value: null });
  }

  /** One is aborted, with a good event and a batch that cannot be read in it; one is committed, with the same. */
  async transactions(): Promise<void> {
    const [good, batch] = [this.neighbour(), poisonBatches(this.neighbour())[0]];
    const batches = [{ records: [good] as SentRecord[], codec: 'none' as Codec }, ...(batch ? [batch] : [])];
    await sendInTransaction(this.#to, batches, 'abort');
    await this.flush();
    const begin = (this.expected.at(-1)?.offset ?? 0) + 1;
    await sendInTransaction(this.#to, batches, 'commit');
    this.#expect(begin, good);
    this.expectWhole('in a transaction', begin + (batch?.records.length ?? 0));
    await this.flush();
  }

  #expect(offset: number, { name, verdict, key, value }: Poison): void {
    this.expected.push({ offset, name, verdict, key, value });
  }
}
