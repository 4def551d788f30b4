import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The directory's HTTP as delivery meets it. */
export interface PretendedDirectory {
  readonly url: string;
  close(): void;
}

/** Starts it. Everybody is called Ada. */
export async function pretendDirectory(): Promise<PretendedDirectory> {
  const server = createServer(async (request, response) => {
    const { actors } = JSON.parse((await Array.fromAsync(request)).join('')) as { actors: object[] };
    const names = actors.map((actor) => ({ version: 1, ...actor, name: 'Ada', email: null }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ names }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
