import type { CallOptions, ObjectStore } from '@auditorium/object-store';
import { noAnswer, s3Error } from '../../../libs/object-store/src/s3-error.ts';
import type { Fault } from '../kernel/faults.ts';
import type { World } from '../kernel/world.ts';
import type { SimBucket, Version } from './sim-bucket.ts';

export interface SimStoreOptions {
  readonly world: World;
  readonly bucket: SimBucket;
  /** Bounds one call, ms; as the real store's. */
  readonly timeoutMs?: number;
  /** What stands before the bucket: credentials. An error of it means that the bucket was never called. */
  readonly before?: () => Promise<void>;
  /** The bucket's own refusal of this call, thrown where it would act. */
  readonly refuse?: (key: string, owner: string | undefined) => void;
}

/** An S3 bucket as one process sees it: the port of the real store, with the errors that the real one makes. */
export function simStore(options: SimStoreOptions): ObjectStore {
  const { world, bucket } = options;
  const call = <T>(action: string, key: string, o: PutLike, act: () => T): Promise<T> =>
    calling(options, action, key, o, act);
  return {
    putIfAbsent: (key, body, o = {}) => {
      const parts = Buffer.isBuffer(body) ? [body] : body;
      const by = world.self.name;
      return call(`write ${key}`, key, o, () => {
        const requestId = `request ${bucket.versions.length}`;
        if (bucket.objects.has(key)) return { outcome: 'exists', requestId } as const;
        const { etag } = bucket.put(key, Buffer.concat(parts), by, world.now());
        world.log(`${bucket.name} has ${key} by ${by}`);
        return { outcome: 'written', etag, requestId } as const;
      });
    },
    get: (key, range, o = {}) =>
      call(`read ${key}`, key, o, () => {
        const { body } = there(bucket, key);
        return range === undefined ? body : body.subarray(range.from, range.to + 1);
      }),
    tail: (key, bytes, o = {}) =>
      call(`read the end of ${key}`, key, o, () => {
        const { body } = there(bucket, key);
        return { bytes: body.subarray(Math.max(0, body.length - bytes)), size: body.length };
      }),
    head: (key, o = {}) =>
      call(`look at ${key}`, key, o, () => {
        const version = bucket.objects.get(key);
        if (version === undefined) return undefined;
        return { size: version.body.length, etag: version.etag, contentType: undefined, metadata: {} };
      }),
    list: (prefix, o = {}) => listing(options, prefix, o),
    delete: (key, o = {}) =>
      call(`delete ${key}`, key, o, () => {
        bucket.delete(key);
        world.log(`${bucket.name} has no ${key} any more`);
      }),
    close: () => Promise.resolve(),
  };
}

type PutLike = CallOptions & { readonly expectedOwner?: string | undefined };

const TIMEOUT_MS = 60_000;

async function calling<T>(
  { world, timeoutMs = TIMEOUT_MS, before, refuse }: SimStoreOptions,
  action: string,
  key: string,
  { signal, expectedOwner }: PutLike,
  act: () => T,
): Promise<T> {
  await before?.();
  if (signal?.aborted) throw noAnswer(action, signal.reason);
  const acting = (): T => {
    refuse?.(key, expectedOwner);
    return act();
  };
  const error = (fault: Fault): Error => noAnswer(action, networkError(fault));
  const answer = world.io('s3', action, acting, { timeoutMs, error });
  return signal === undefined ? answer : withSignal(answer, action, signal);
}

/** Whoever gives up gets an error at once; what is on the wire still acts. */
function withSignal<T>(answer: Promise<T>, action: string, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborted = (): void => reject(noAnswer(action, signal.reason));
    signal.addEventListener('abort', aborted, { once: true });
    const over = (): void => signal.removeEventListener('abort', aborted);
    answer.finally(over).then(resolve, reject);
  });
}

async function* listing(
  options: SimStoreOptions,
  prefix: string,
  o: CallOptions & { readonly startAfter?: string | undefined },
): AsyncGenerator<{ key: string; size: number }> {
  const { objects } = options.bucket;
  const after = o.startAfter ?? '';
  const found = await calling(options, `list ${prefix}`, prefix, o, () =>
    [...objects.values()]
      .filter(({ key }) => key.startsWith(prefix) && key > after)
      .map(({ key, body }) => ({ key, size: body.length }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );
  yield* found;
}

function there(bucket: SimBucket, key: string): Version {
  const version = bucket.objects.get(key);
  if (version !== undefined) return version;
  throw refusal(`read ${key}`, 404, 'NoSuchKey');
}

/** What S3 says when it refuses, as the real store makes an error of it. */
export function refusal(action: string, status: number, code: string, region?: string): Error {
  const where = region === undefined ? '' : `<Region>${region}</Region>`;
  return s3Error(action, { status, headers: {}, body: `<Error><Code>${code}</Code>${where}</Error>` });
}

const NETWORK: Readonly<Record<Fault, string>> = {
  refused: 'ECONNREFUSED',
  lost: 'ECONNRESET',
  hung: 'UND_ERR_HEADERS_TIMEOUT',
  late: 'UND_ERR_HEADERS_TIMEOUT',
  slow: '',
};

function networkError(fault: Fault): Error {
  return Object.assign(new Error(NETWORK[fault]), { code: NETWORK[fault] });
}
