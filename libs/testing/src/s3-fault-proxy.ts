import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer that no store gave. */
export interface MadeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What is done to a request. After `forward` the store has acted; what the caller hears is another matter. */
export type Fault =
  | { readonly answer: MadeAnswer }
  /** The request is read, and nothing is said. */
  | { readonly hang: true }
  /** The connection is reset: `early` before the body is read, else once it is. */
  | { readonly reset: true | 'early' }
  /** The request is read so slowly, one byte a second say, that its sender must lose patience. */
  | { readonly readBytesPerSecond: number }
  | {
      readonly forward: 'reset' | 'hang' | 'answer' | 'trickle' | 'truncate' | 'wrong-length';
      readonly after?: Promise<void>;
    };

export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** What becomes of a request; undefined: it is passed through. */
export type Decide = (request: ProxiedRequest) => Fault | undefined;

/** How far a request has come: its body begins to arrive, has arrived whole, or the store has answered. */
export type ProxyMoment = 'first-byte' | 'last-byte' | 'answered';

export interface ProxyOptions {
  /** Told of each moment before the proxy goes on; a request without a body has no first byte. */
  readonly observe?: (request: ProxiedRequest, moment: ProxyMoment) => void | Promise<void>;
  /** False: `requests` stays empty, for a proxy that lives long. */
  readonly remember?: boolean;
}

export interface S3FaultProxy {
  readonly endpoint: string;
  /** Everything that came, in order. */
  readonly requests: ProxiedRequest[];
  /** Decides about each request from now on. */
  script(decide: Decide): void;
  /** Everything passes again. */
  heal(): void;
  close(): Promise<void>;
}

/** Stands in front of the stand-in for S3 and STS, and breaks what the test says. Signatures stay good: `Host` is kept. */
export async function createS3FaultProxy(
  target: string,
  { observe = () => undefined, remember = true }: ProxyOptions = {},
): Promise<S3FaultProxy> {
  const requests: ProxiedRequest[] = [];
  let decide: Decide = () => undefined;
  const server = createServer((incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    if (remember) requests.push(seen);
    const tell = (moment: ProxyMoment) => observe(seen, moment);
    void apply(decide(seen) ?? { forward: 'answer' }, target, incoming, outgoing, tell).catch(() =>
      incoming.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (next) => void (decide = next),
    heal: () => void (decide = () => undefined),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function apply(
  fault: Fault,
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  tell: (moment: ProxyMoment) => void | Promise<void>,
): Promise<void> {
  if ('readBytesPerSecond' in fault) return readSlowly(incoming, fault.readBytesPerSecond);
  if ('reset' in fault && fault.reset === 'early') return void incoming.socket.resetAndDestroy();
  const body = await readAll(incoming, () => tell('first-byte'));
  await tell('last-byte');
  if ('hang' in fault) return;
  if ('reset' in fault) return void incoming.socket.resetAndDestroy();
  if ('answer' in fault) {
    outgoing.writeHead(fault.answer.status, { ...fault.answer.headers });
    return void outgoing.end(fault.answer.body ?? '');
  }
  const answer = await forward(target, incoming, body);
  await tell('answered');
  await fault.after;
  if (fault.forward === 'reset') return void incoming.socket.resetAndDestroy();
  if (fault.forward === 'hang') return;
  // Where there is no body there is nothing to spoil but the answer as a whole.
  if (incoming.method === 'HEAD' && fault.forward !== 'answer') return void incoming.socket.resetAndDestroy();
  await pass(fault.forward, answer, outgoing);
}

/** The answer of the store as the caller hears it. */
async function pass(
  how: 'answer' | 'trickle' | 'truncate' | 'wrong-length',
  { status, headers, body }: Answer,
  outgoing: ServerResponse,
): Promise<void> {
  if (how === 'answer') {
    outgoing.writeHead(status, headers);
    return void outgoing.end(body);
  }
  const { 'transfer-encoding': _, ...kept } = headers;
  const told = how === 'wrong-length' ? body.length + 7 : Math.max(1, body.length);
  outgoing.writeHead(status, { ...kept, 'content-length': told });
  outgoing.flushHeaders();
  if (how === 'trickle') return trickle(outgoing, body);
  outgoing.write(how === 'truncate' ? body.subarray(0, body.length / 2) : body, () => outgoing.socket?.end());
}

/** One byte a second: whoever waits between two bytes only would wait for ever. */
async function trickle(outgoing: ServerResponse, body: Buffer): Promise<void> {
  for (let at = 0; !outgoing.destroyed; at += 1) {
    outgoing.write(body.subarray(at, at + 1));
    await sleep(1000);
  }
}

async function readSlowly(incoming: IncomingMessage, bytesPerSecond: number): Promise<void> {
  incoming.on('error', () => undefined);
  while (!incoming.destroyed) {
    incoming.read(bytesPerSecond);
    await sleep(1000);
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(target);
    const sent = httpRequest({ hostname, port, method, path: url, headers, agent: false }, (response) => {
      readAll(response).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readAll(
  stream: AsyncIterable<Buffer>,
  onFirst: () => void | Promise<void> = () => undefined,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) {
    if (parts.length === 0) await onFirst();
    parts.push(part);
  }
  return Buffer.concat(parts);
}
