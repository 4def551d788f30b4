import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Dispatcher, request } from 'undici';
import type { Credentials, CredentialsProvider } from './credentials.ts';
import { NodeSha256 } from './node-sha256.ts';
import { addressOf, type BucketAddress, encodeKey, encodePart } from './s3-address.ts';
import { badAnswer, noAnswer, s3Error, STALE_CREDENTIALS } from './s3-error.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Words for an error: `write a/b.txt`. */
  readonly action: string;
  readonly key: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: readonly Buffer[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** An answer longer than this is an error; keeps a foreign server from filling our memory. */
  readonly maxAnswerBytes: number;
  /** Statuses that the caller takes as answers. */
  readonly accepted: readonly number[];
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface S3Connection extends BucketAddress {
  readonly credentials: CredentialsProvider;
  readonly dispatcher: Dispatcher;
  /** Bounds one call from connecting to the last byte. */
  readonly timeoutMs: number;
}

const MAX_ERROR_BYTES = 65_536;
const EMPTY_SHA256 = createHash('sha256').digest();

/** Signs, sends and reads one request. Renews stale credentials once: a request refused for them did nothing. */
export async function callS3(connection: S3Connection, call: S3Request): Promise<S3Answer> {
  const answer = await sendOnce(connection, call);
  if (call.accepted.includes(answer.status)) return answer;
  const error = s3Error(call.action, { ...answer, body: answer.body.toString('utf8') });
  if (
    !STALE_CREDENTIALS.has(String(error.facts['providerCode'])) ||
    connection.credentials.forget === undefined
  )
    throw error;
  connection.credentials.forget();
  const again = await sendOnce(connection, call);
  if (call.accepted.includes(again.status)) return again;
  throw s3Error(call.action, { ...again, body: again.body.toString('utf8') });
}

async function sendOnce(connection: S3Connection, call: S3Request): Promise<S3Answer> {
  const credentials = await connection.credentials();
  const { origin, base } = addressOf(connection);
  const path = `${base}/${encodeKey(call.key)}`;
  const headers = await signedHeaders(connection, credentials, call, new URL(origin), path);
  const timeout = AbortSignal.timeout(connection.timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  try {
    const response = await request(`${origin}${path}${queryString(call.query)}`, {
      method: call.method,
      headers,
      body: bodyOf(call.body),
      dispatcher: connection.dispatcher,
      signal,
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: await readBounded(response, call),
    };
  } catch (error) {
    if (error instanceof TooLong)
      throw badAnswer(call.action, `more than ${error.limit} bytes`, error.status);
    throw noAnswer(call.action, error);
  }
}

function bodyOf(parts: readonly Buffer[] | undefined): Buffer | Readable | null {
  if (parts === undefined) return null;
  return parts.length === 1 ? (parts[0] ?? null) : Readable.from(parts, { objectMode: false });
}

async function signedHeaders(
  { region }: S3Connection,
  credentials: Credentials,
  call: S3Request,
  origin: URL,
  path: string,
): Promise<Record<string, string>> {
  const digest = digestOf(call.body);
  const headers: Record<string, string> = {
    host: origin.host,
    'x-amz-content-sha256': digest.toString('hex'),
  };
  for (const [name, value] of Object.entries(call.headers ?? {}))
    if (value !== undefined) headers[name] = value;
  if (call.body !== undefined) {
    headers['content-length'] = String(call.body.reduce((sum, part) => sum + part.length, 0));
    headers['x-amz-checksum-sha256'] = digest.toString('base64');
  }
  const signed = await signerFor(region, credentials).sign({
    method: call.method,
    protocol: origin.protocol,
    hostname: origin.hostname,
    path,
    query: { ...call.query },
    headers,
  });
  return signed.headers;
}

function signerFor(region: string, { accessKeyId, secretAccessKey, sessionToken }: Credentials): SignatureV4 {
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  // S3 alone signs the path as it is sent; escaping it once more would break every key with a special character.
  return new SignatureV4({ service: 's3', region, credentials, sha256: NodeSha256, uriEscapePath: false });
}

function digestOf(parts: readonly Buffer[] | undefined): Buffer {
  if (parts === undefined) return EMPTY_SHA256;
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function queryString(query: Readonly<Record<string, string>> | undefined): string {
  if (query === undefined) return '';
  return `?${Object.entries(query)
    .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
    .join('&')}`;
}

class TooLong extends Error {
  readonly limit: number;
  readonly status: number;

  constructor(limit: number, status: number) {
    super('answer too long');
    this.limit = limit;
    this.status = status;
  }
}

async function readBounded(response: Dispatcher.ResponseData, call: S3Request): Promise<Buffer> {
  const limit = response.statusCode < 300 ? call.maxAnswerBytes : MAX_ERROR_BYTES;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response.body as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) throw new TooLong(limit, response.statusCode);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
