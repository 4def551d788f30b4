import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is done to a request. After `forward` the store has acted; what the caller hears is another matter. */
export type Fault =
  | { readonly answer: { status: number; headers?: Record<string, string>; body?: string } }
  | { readonly hang: true }
  | { readonly reset: true }
  | { readonly forward: 'reset' | 'hang' | 'answer'; readonly after?: Promise<void> };

export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

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
  /** Decides about each request from now on; undefined: passed through. */
  script(decide: (request: ProxiedRequest) => Fault | undefined): void;
  close(): Promise<void>;
}

/** Stands in front of the stand-in for S3 and STS, and breaks what the test says. Signatures stay good: `Host` is kept. */
export async function createS3FaultProxy(
  target: string,
  { observe = () => undefined, remember = true }: ProxyOptions = {},
): Promise<S3FaultProxy> {
  const requests: ProxiedRequest[] = [];
  let decide: (request: ProxiedRequest) => Fault | undefined = () => undefined;
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
  const body = await readAll(incoming, () => tell('first-byte'));
  await tell('last-byte');
  if ('hang' in fault) return;
  if ('reset' in fault) return void incoming.socket.resetAndDestroy();
  if ('answer' in fault) {
    outgoing.writeHead(fault.answer.status, fault.answer.headers);
    return void outgoing.end(fault.answer.body ?? '');
  }
  const answer = await forward(target, incoming, body);
  await tell('answered');
  await fault.after;
  if (fault.forward === 'reset') return void incoming.socket.resetAndDestroy();
  if (fault.forward === 'hang') return;
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(target);
      const sent = httpRequest({ hostname, port, method, path: url, headers, agent: false }, (response) => {
        readAll(response).then(
          (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
          reject,
        );
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
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
