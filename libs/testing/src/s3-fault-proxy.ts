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

export interface S3FaultProxy {
  readonly endpoint: string;
  /** Everything that came, in order. */
  readonly requests: ProxiedRequest[];
  /** Decides about each request from now on; undefined: passed through. */
  script(decide: (request: ProxiedRequest) => Fault | undefined): void;
  close(): Promise<void>;
}

/** Stands in front of the stand-in for S3 and STS, and breaks what the test says. Signatures stay good: `Host` is kept. */
export async function createS3FaultProxy(target: string): Promise<S3FaultProxy> {
  const requests: ProxiedRequest[] = [];
  let decide: (request: ProxiedRequest) => Fault | undefined = () => undefined;
  const server = createServer((incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    requests.push(seen);
    void apply(decide(seen) ?? { forward: 'answer' }, target, incoming, outgoing).catch(() =>
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
): Promise<void> {
  const body = await readAll(incoming);
  if ('hang' in fault) return;
  if ('reset' in fault) return void incoming.socket.resetAndDestroy();
  if ('answer' in fault) {
    outgoing.writeHead(fault.answer.status, fault.answer.headers);
    return void outgoing.end(fault.answer.body ?? '');
  }
  const answer = await forward(target, incoming, body);
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

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
