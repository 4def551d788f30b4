import { type Footer, footerRange, readFooter, type RunEntry, TAIL_BYTES } from '@auditorium/ledger';
import type { ObjectStore } from '@auditorium/object-store';
import type { LocalFiles } from './local-files.ts';

/** One org's run, as much of it as a courier needs. */
export type CachedRun = Omit<RunEntry, 'rawOffsets'> & { rawOffsets: number[] };

interface CachedSegment {
  readonly runs: ReadonlyMap<string, CachedRun>;
  readonly size: number;
  /** How often a run was asked for. */
  asked: number;
  /** The whole object on the local disk, once it is worth it. */
  file?: Promise<string> | undefined;
}

export interface SegmentCacheOptions {
  readonly store: ObjectStore;
  /** Of this cache alone. */
  readonly files: LocalFiles;
  /** Bytes of segments kept on the local disk. */
  readonly diskBytes: number;
}

/** Footers kept: at 8,000 orgs a segment each takes some 5 MB. */
const FOOTERS_KEPT = 48;

/** Runs asked of a segment one by one, before it is fetched whole. */
const RANGED_READS = 2;

/**
 * Segments near at hand. A segment that many destinations want is fetched once, whole, and read from the local disk;
 * one that a single destination wants, as history is, is read by ranges. So a segment costs at most five GETs, however
 * many destinations are due. What is sealed never changes, so what is kept is always true.
 */
export class SegmentCache {
  readonly #options: SegmentCacheOptions;
  readonly #segments = new Map<string, Promise<CachedSegment>>();
  readonly #files = new Map<string, number>();
  #onDisk = 0;

  constructor(options: SegmentCacheOptions) {
    this.#options = options;
  }

  /** The org's run in a segment; undefined when it has none there. @throws AuditoriumError `s3-…`, `segment-…` */
  async run(key: string, org: string): Promise<CachedRun | undefined> {
    return (await this.#segment(key)).runs.get(org);
  }

  /** The packed bytes of a run. */
  async bytes(key: string, run: CachedRun): Promise<Buffer> {
    const segment = await this.#segment(key);
    segment.asked += 1;
    if (segment.file !== undefined || segment.asked > RANGED_READS) {
      segment.file ??= this.#fetch(key, segment);
      const local = await this.#options.files.read(await segment.file, run);
      if (local !== undefined) return local;
    }
    return this.#options.store.get(key, { from: run.offset, to: run.offset + run.length - 1 });
  }

  /** Drops what is kept of a segment, for whoever found it damaged. */
  async forget(key: string): Promise<void> {
    this.#segments.delete(key);
    await this.#drop(key);
  }

  async close(): Promise<void> {
    await this.#options.files.close();
  }

  async #segment(key: string): Promise<CachedSegment> {
    const known = this.#segments.get(key) ?? this.#readFooter(key);
    this.#segments.delete(key);
    this.#segments.set(key, known);
    if (this.#segments.size > FOOTERS_KEPT) await this.forget(this.#segments.keys().next().value as string);
    try {
      return await known;
    } catch (error) {
      this.#segments.delete(key);
      throw error;
    }
  }

  async #readFooter(key: string): Promise<CachedSegment> {
    const { store } = this.#options;
    const { bytes, size } = await store.tail(key, TAIL_BYTES);
    const { from } = footerRange(bytes, size);
    const short = from < size - bytes.length;
    const tail = short ? await store.get(key, { from, to: size - 1 }) : bytes;
    const segment: CachedSegment = { runs: compactRuns(readFooter(tail, size)), size, asked: 0 };
    if (bytes.length === size) segment.file = this.#keep(key, bytes);
    return segment;
  }

  async #fetch(key: string, segment: CachedSegment): Promise<string> {
    try {
      return await this.#keep(key, await this.#options.store.get(key, { from: 0, to: segment.size - 1 }));
    } catch (error) {
      segment.file = undefined;
      throw error;
    }
  }

  /** What could not be kept is not there when it is read. */
  async #keep(key: string, bytes: Buffer): Promise<string> {
    const { files, diskBytes } = this.#options;
    const file = nameOf(key);
    if (!(await files.write(file, bytes))) return file;
    this.#files.set(key, bytes.length);
    this.#onDisk += bytes.length;
    while (this.#onDisk > diskBytes && this.#files.size > 1)
      await this.forget(this.#files.keys().next().value as string);
    return file;
  }

  async #drop(key: string): Promise<void> {
    const size = this.#files.get(key);
    if (size === undefined) return;
    this.#files.delete(key);
    this.#onDisk -= size;
    await this.#options.files.remove(nameOf(key));
  }
}

/** Raw offsets are the larger part of a footer, and of no use here. */
function compactRuns({ runs }: Footer): Map<string, CachedRun> {
  return new Map(runs.map((run) => [run.org, { ...run, rawOffsets: [] }]));
}

const nameOf = (key: string): string => key.replaceAll('/', '_');
