import {
  createBucket,
  createS3FaultProxy,
  platformCredentials,
  type S3FaultProxy,
  useServers,
} from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Store, type ObjectStore, providerAnswerOf } from '../src/index.ts';

let proxy: S3FaultProxy;
let store: ObjectStore;
let bucket: string;

beforeAll(async () => {
  const { s3Endpoint } = await useServers();
  const credentials = await platformCredentials();
  proxy = await createS3FaultProxy(s3Endpoint);
  bucket = await createBucket();
  const common = { endpoint: proxy.endpoint, region: 'us-east-1', pathStyle: true, timeoutMs: 1_500 };
  store = createS3Store({ ...common, bucket, credentials: async () => credentials });
});

afterAll(async () => {
  await store.close();
  await proxy.close();
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('an object store on a real S3', () => {
  it('writes once: a second writer of the same key changes nothing and is told so', async () => {
    expect(await store.putIfAbsent('once', Buffer.from('first'))).toMatchObject({ outcome: 'written' });
    expect(await store.putIfAbsent('once', Buffer.from('second'))).toMatchObject({ outcome: 'exists' });
    expect((await store.get('once')).toString()).toBe('first');
  });

  it('writes a body given in parts, reads ranges of it and its end', async () => {
    const parts = Array.from({ length: 40 }, (_, i) => Buffer.alloc(50_000, i));
    await store.putIfAbsent('parts', parts);
    const whole = Buffer.concat(parts);
    expect((await store.get('parts')).equals(whole)).toBe(true);
    expect(
      (await store.get('parts', { from: 49_990, to: 50_009 })).equals(whole.subarray(49_990, 50_010)),
    ).toBe(true);
    const { bytes, size } = await store.tail('parts', 10);
    expect([bytes.equals(whole.subarray(-10)), size]).toEqual([true, whole.length]);
    expect((await store.tail('once', 1_000)).bytes.toString()).toBe('first');
  });

  it('takes keys with every odd character, lists them in order, and deletes them', async () => {
    const keys = ['odd/a b+c.txt', "odd/!'()*~&=?#%[]@:;,$.txt", 'odd/žluť/日本.txt', 'odd/<&>"x.txt'];
    for (const key of keys) await store.putIfAbsent(key, Buffer.from(key));
    const listed = await Array.fromAsync(store.list('odd/'));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    for (const key of keys) expect((await store.get(key)).toString()).toBe(key);
    await store.delete(keys[0] ?? '');
    await store.delete(keys[0] ?? '');
    expect(await store.head(keys[0] ?? '')).toBeUndefined();
  });

  it('lists more than one page', async () => {
    const keys = Array.from({ length: 1_050 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < keys.length; i += 50) {
      await Promise.all(keys.slice(i, i + 50).map((key) => store.putIfAbsent(key, Buffer.from('x'))));
    }
    expect((await Array.fromAsync(store.list('many/'))).map(({ key }) => key)).toEqual(keys);
  });

  it('keeps type and metadata', async () => {
    await store.putIfAbsent('typed', Buffer.from('x'), {
      contentType: 'text/plain',
      metadata: { plan: '7' },
    });
    expect(await store.head('typed')).toMatchObject({
      size: 1,
      contentType: 'text/plain',
      metadata: { plan: '7' },
    });
  });

  it('says that there is no such object, bucket, or right', async () => {
    expect(await failure(store.get('nowhere'))).toMatchObject({ code: 's3-no-key', retryable: false });
    const { s3Endpoint } = await useServers();
    const options = { endpoint: s3Endpoint, region: 'us-east-1', pathStyle: true };
    const root = async () => ({ accessKeyId: '000000000000', secretAccessKey: 'test' });
    const absent = createS3Store({ ...options, bucket: 'no-such-bucket-of-ours', credentials: root });
    expect(await failure(absent.putIfAbsent('a', Buffer.from('x')))).toMatchObject({ code: 's3-no-bucket' });
    const wrong = createS3Store({
      ...options,
      bucket,
      credentials: async () => ({ ...(await root()), secretAccessKey: 'no' }),
    });
    const denied = await failure(wrong.putIfAbsent('a', Buffer.from('x')));
    expect(denied).toMatchObject({ code: 's3-access-denied', retryable: false });
    expect(providerAnswerOf(denied)?.providerCode).toBeTruthy();
    await Promise.all([absent.close(), wrong.close()]);
  });

  it('reads the credentials of the process when none are given', async () => {
    const { s3Endpoint } = await useServers();
    const { accessKeyId, secretAccessKey } = await platformCredentials();
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
    const ambient = createS3Store({ endpoint: s3Endpoint, region: 'us-east-1', pathStyle: true, bucket });
    expect(await ambient.putIfAbsent('ambient', Buffer.from('x'))).toMatchObject({ outcome: 'written' });
    await ambient.close();
  });
});

const xml = (code: string, more = '') =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>It &amp; that</Message><RequestId>R1</RequestId>${more}</Error>`;

describe('an object store whose server misbehaves', () => {
  const answering = (status: number, body: string, headers: Record<string, string> = {}) => {
    proxy.script(() => ({ answer: { status, body, headers } }));
    return failure(store.putIfAbsent(`bad/${status}`, Buffer.from('x')));
  };

  it.each([
    [409, 'ConditionalRequestConflict', 's3-busy', true],
    [503, 'SlowDown', 's3-throttled', true],
    [500, 'InternalError', 's3-unavailable', true],
    [403, 'AccessDenied', 's3-access-denied', false],
    [400, 'KMS.DisabledException', 's3-kms', false],
    [400, 'BadDigest', 's3-checksum', true],
    [400, 'EntityTooLarge', 's3-invalid', false],
  ])('%i %s is %s', async (status, providerCode, code, retryable) => {
    const error = await answering(status, xml(providerCode));
    expect(error).toMatchObject({ code, retryable });
    expect(providerAnswerOf(error)).toMatchObject({ providerCode, requestId: 'R1', status });
    expect((error as Error).message).toContain('It & that');
  });

  it('names the region the bucket lives in', async () => {
    const error = await answering(301, xml('PermanentRedirect'), { 'x-amz-bucket-region': 'eu-west-1' });
    expect(error).toMatchObject({ code: 's3-wrong-region', retryable: false });
    expect(providerAnswerOf(error)?.region).toBe('eu-west-1');
  });

  it('an error hidden in a 200 is an error', async () => {
    expect(await answering(200, xml('InternalError'))).toMatchObject({
      code: 's3-unavailable',
      retryable: true,
    });
  });

  it('an answer without end, a hung, reset or refused connection is no answer, and may be retried', async () => {
    expect(await answering(200, 'x'.repeat(200_000))).toMatchObject({ code: 's3-unexpected' });
    proxy.script(() => ({ hang: true }));
    expect(await failure(store.putIfAbsent('hung', Buffer.from('x')))).toMatchObject({
      code: 's3-timeout',
      retryable: true,
    });
    proxy.script(() => ({ reset: true }));
    expect(await failure(store.putIfAbsent('reset', Buffer.from('x')))).toMatchObject({
      code: 's3-unavailable',
      retryable: true,
    });
    const nobody = createS3Store({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      bucket,
      pathStyle: true,
      credentials: platformCredentials,
    });
    expect(await failure(nobody.get('x'))).toMatchObject({ code: 's3-unavailable', retryable: true });
    await nobody.close();
  });

  it('stops when the caller gives up', async () => {
    proxy.script(() => ({ hang: true }));
    const given = AbortSignal.timeout(50);
    expect(await failure(store.get('once', undefined, { signal: given }))).toMatchObject({ retryable: true });
  });

  it('a server that ignores the range is an error, not a wrong range', async () => {
    proxy.script(() => ({ answer: { status: 200, body: 'whole thing' } }));
    await failure(store.get('once', { from: 1, to: 2 }));
  });

  it('an answer lost after the write shows as taken at the next try', async () => {
    proxy.script(() => ({ forward: 'reset' }));
    await failure(store.putIfAbsent('lost-answer', Buffer.from('x')));
    proxy.script(() => undefined);
    expect(await store.putIfAbsent('lost-answer', Buffer.from('x'))).toMatchObject({ outcome: 'exists' });
  });

  it('sends checksum, condition and expected owner, and signs them', async () => {
    proxy.script(() => undefined);
    await store.putIfAbsent('headers', Buffer.from('x'), { expectedOwner: '123456789012' });
    const { headers } = proxy.requests.at(-1) ?? expect.unreachable();
    expect(headers).toMatchObject({ 'if-none-match': '*', 'x-amz-expected-bucket-owner': '123456789012' });
    expect(headers['x-amz-checksum-sha256']).toBe('LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=');
    for (const name of ['if-none-match', 'x-amz-expected-bucket-owner', 'x-amz-checksum-sha256']) {
      expect(headers.authorization).toContain(name);
    }
  });
});
