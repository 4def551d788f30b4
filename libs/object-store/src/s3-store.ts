import { Agent, type Dispatcher } from 'undici';
import { ambientCredentials } from './assumed-role.ts';
import type { CredentialsProvider } from './credentials.ts';
import type {
  ByteRange,
  CallOptions,
  GetOptions,
  ListedObject,
  ListOptions,
  ObjectHead,
  ObjectStore,
  PutOptions,
  PutResult,
} from './object-store.ts';
import type { BucketAddress } from './s3-address.ts';
import { badAnswer, one, s3Error } from './s3-error.ts';
import { callS3, type S3Answer, type S3Connection, type S3Request } from './s3-request.ts';
import { elementsOf, textOf } from './xml.ts';

export interface S3StoreOptions extends BucketAddress {
  /** Default: those of the process. */
  readonly credentials?: CredentialsProvider | undefined;
  /** Shared connections; the caller closes it. Default: connections of this store alone. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Bounds one call from connecting to the last byte, default 60,000 ms. */
  readonly timeoutMs?: number | undefined;
}

const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_SMALL_ANSWER_BYTES = 65_536;
const MAX_GET_BYTES = 512 * 1024 * 1024;

/** Connections for many stores. A peer that does not connect in 5 s or sends nothing for 30 s is given up. */
export const createDispatcher = (): Agent =>
  new Agent({
    connect: { timeout: 5_000 },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    keepAliveTimeout: 4_000,
  });

/** A bucket of S3 or of a store that speaks it. */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const own = options.dispatcher === undefined ? createDispatcher() : undefined;
  const dispatcher = options.dispatcher ?? (own as Agent);
  const credentials = options.credentials ?? ambientCredentials(options.region);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const connection: S3Connection = { ...options, credentials, dispatcher, timeoutMs };
  return {
    putIfAbsent: (key, body, o) => putIfAbsent(connection, key, Buffer.isBuffer(body) ? [body] : body, o),
    get: (key, range, o) => get(connection, key, range, o),
    tail: (key, bytes, o) => tail(connection, key, bytes, o),
    head: (key, o) => head(connection, key, o),
    list: (prefix, o) => list(connection, prefix, o),
    delete: (key, o) => deleteObject(connection, key, o),
    close: async () => own?.close(),
  };
}

const small = (o?: CallOptions) => ({ maxAnswerBytes: MAX_SMALL_ANSWER_BYTES, signal: o?.signal });

async function putIfAbsent(
  connection: S3Connection,
  key: string,
  body: readonly Buffer[],
  o: PutOptions = {},
): Promise<PutResult> {
  const headers: Record<string, string | undefined> = {
    'if-none-match': '*',
    'content-type': o.contentType ?? 'application/octet-stream',
    'content-encoding': o.contentEncoding,
    'x-amz-expected-bucket-owner': o.expectedOwner,
    'x-amz-server-side-encryption': o.kmsKeyArn === undefined ? undefined : 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': o.kmsKeyArn,
  };
  for (const [name, value] of Object.entries(o.metadata ?? {})) headers[`x-amz-meta-${name}`] = value;
  const action = `write ${key}`;
  const answer = await callS3(connection, {
    method: 'PUT',
    action,
    key,
    headers,
    body,
    ...small(o),
    accepted: [200, 412],
  });
  const text = answer.body.toString('utf8');
  if (answer.status === 412) {
    // Believed of the store alone: to us it means that the object is there.
    if (textOf(text, 'Code') !== 'PreconditionFailed') throw strange(action, answer);
    return { outcome: 'exists', requestId: requestIdOf(answer) };
  }
  // S3 may send `200` before it knows, and an error in the body after it.
  if (/<Error[\s>]/.test(text)) throw s3Error(action, { status: 500, headers: answer.headers, body: text });
  if (text !== '' && !text.startsWith('<?xml')) throw strange(action, answer);
  return { outcome: 'written', etag: etagOf(action, answer), requestId: requestIdOf(answer) };
}

/** What every store says of an object that it has taken or gives, and a page of whoever else answers does not. */
function etagOf(action: string, answer: S3Answer): string {
  const etag = one(answer.headers['etag']);
  if (etag === undefined) throw strange(action, answer);
  return etag;
}

const strange = (action: string, { status }: S3Answer) => badAnswer(action, 'what no store says', status);

async function deleteObject(connection: S3Connection, key: string, o?: CallOptions): Promise<void> {
  const action = `delete ${key}`;
  const call = { method: 'DELETE', action, key, ...small(o), accepted: [204, 404] } as const;
  const { status, headers, body } = await callS3(connection, call);
  const text = body.toString('utf8');
  if (status === 404 && textOf(text, 'Code') !== 'NoSuchKey')
    throw s3Error(action, { status, headers, body: text });
}

async function get(
  connection: S3Connection,
  key: string,
  range?: ByteRange,
  o: GetOptions = {},
): Promise<Buffer> {
  if (range !== undefined && range.to < range.from) return Buffer.alloc(0);
  const wanted = range === undefined ? undefined : range.to - range.from + 1;
  const answer = await read(connection, {
    method: 'GET',
    action: `read ${key}`,
    key,
    headers: { range: range === undefined ? undefined : `bytes=${range.from}-${range.to}` },
    maxAnswerBytes: wanted ?? o.maxBytes ?? MAX_GET_BYTES,
    signal: o.signal,
    accepted: range === undefined ? [200] : [206],
  });
  etagOf(`read ${key}`, answer);
  const expected = wanted ?? Number(one(answer.headers['content-length']) ?? answer.body.length);
  if (answer.body.length === expected) return answer.body;
  throw badAnswer(`read ${key}`, `${answer.body.length} bytes instead of ${expected}`, answer.status);
}

async function tail(connection: S3Connection, key: string, bytes: number, o: CallOptions = {}) {
  const headers = { range: `bytes=-${bytes}` };
  const call = { method: 'GET', action: `read the end of ${key}`, key, headers, signal: o.signal } as const;
  const answer = await read(connection, { ...call, maxAnswerBytes: bytes, accepted: [200, 206] });
  etagOf(call.action, answer);
  const size = /\/(\d+)$/.exec(one(answer.headers['content-range']) ?? '')?.[1];
  return { bytes: answer.body, size: size === undefined ? answer.body.length : Number(size) };
}

async function head(
  connection: S3Connection,
  key: string,
  o: CallOptions = {},
): Promise<ObjectHead | undefined> {
  const call = { method: 'HEAD', action: `look at ${key}`, key, ...small(o), accepted: [200, 404] } as const;
  const answer = await read(connection, call);
  const { headers } = answer;
  if (answer.status === 404) return undefined;
  const etag = etagOf(call.action, answer);
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-meta-')) metadata[name.slice('x-amz-meta-'.length)] = one(value) ?? '';
  }
  const size = Number(one(headers['content-length']) ?? 0);
  return { size, etag, contentType: one(headers['content-type']), metadata };
}

async function* list(
  connection: S3Connection,
  prefix: string,
  o: ListOptions = {},
): AsyncIterable<ListedObject> {
  let token: string | undefined;
  do {
    const query: Record<string, string> = { 'list-type': '2', prefix, 'encoding-type': 'url' };
    if (token !== undefined) query['continuation-token'] = token;
    if (o.startAfter !== undefined && token === undefined) query['start-after'] = o.startAfter;
    const call = { method: 'GET', action: `list ${prefix}`, key: '', query, signal: o.signal } as const;
    const answer = await read(connection, { ...call, maxAnswerBytes: MAX_LIST_BYTES, accepted: [200] });
    const xml = answer.body.toString('utf8');
    requireList(call.action, answer, xml);
    for (const entry of elementsOf(xml, 'Contents')) yield listed(entry, xml.includes('<EncodingType>url'));
    token = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
  } while (token !== undefined);
}

/** A page that is no list must not look like an empty one, nor a page without a way to the next like the last. */
function requireList(action: string, answer: S3Answer, xml: string): void {
  const isWhole = xml.includes('<ListBucketResult') && xml.includes('</ListBucketResult>');
  const goesOn = textOf(xml, 'IsTruncated') === 'true';
  if (!isWhole || (goesOn && textOf(xml, 'NextContinuationToken') === undefined))
    throw strange(action, answer);
}

function listed(entry: string, encoded: boolean): ListedObject {
  const key = textOf(entry, 'Key') ?? '';
  return {
    key: encoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
    size: Number(textOf(entry, 'Size') ?? 0),
  };
}

/**
 * A read may be repeated at will: one more try for a connection that the server had closed, or a hiccup. Not for a store that
 * asks us to slow down.
 */
async function read(connection: S3Connection, call: S3Request): Promise<S3Answer> {
  try {
    return await callS3(connection, call);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 's3-unavailable' || call.signal?.aborted === true) throw error;
    return callS3(connection, call);
  }
}

const requestIdOf = (answer: S3Answer): string => one(answer.headers['x-amz-request-id']) ?? '';
