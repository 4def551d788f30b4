import net from 'node:net';
import { type Flow, NetworkPipe } from './network-pipe.ts';

/** A way to a server that can be cut, held up and slowed down, each direction on its own. */
export interface NetworkProxy {
  readonly host: string;
  readonly port: number;
  /** Connections taken so far. */
  readonly taken: number;
  /** Of those there are and those to come. A direction that is not named stays as it is. */
  flow(ways: { toServer?: Flow; toClient?: Flow }): void;
  /** Ends every connection there is by a reset, whatever is under way. */
  cut(): void;
  /** `true`: as if the server were down. Each new connection is reset before it says anything. */
  refuse(refuse: boolean): void;
  /** Everything passes again. */
  heal(): void;
  /** Ends every connection and takes no more. */
  close(): Promise<void>;
}

/** Sees what one connection carries; `cut` ends the connection in place of the chunk. */
export interface ConnectionWatch {
  toServer?(chunk: Buffer): 'cut' | undefined;
  toClient?(chunk: Buffer): 'cut' | undefined;
}

export interface NetworkProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Where it listens, on this machine; a free port unless told otherwise. */
  readonly port?: number;
  /** Called for each new connection. */
  readonly watch?: () => ConnectionWatch;
}

interface Link {
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly toServer: NetworkPipe;
  readonly toClient: NetworkPipe;
}

/** Stands in front of any TCP server. */
export async function startNetworkProxy(options: NetworkProxyOptions): Promise<NetworkProxy> {
  const links = new Set<Link>();
  let ways: { toServer: Flow; toClient: Flow } = { toServer: 'pass', toClient: 'pass' };
  let refusing = false;
  let taken = 0;
  const server = net.createServer((client) => {
    taken += 1;
    if (refusing) return void client.resetAndDestroy();
    const link = connect(client, options, ways);
    links.add(link);
    client.on('close', () => link.server.destroyed && links.delete(link));
    link.server.on('close', () => link.client.destroyed && links.delete(link));
  });
  await new Promise<void>((done) => server.listen(options.port ?? 0, '127.0.0.1', done));
  const flow: NetworkProxy['flow'] = (wanted) => {
    ways = { ...ways, ...wanted };
    for (const link of links) {
      link.toServer.flow = ways.toServer;
      link.toClient.flow = ways.toClient;
    }
  };
  const cut = (): void => {
    for (const { client, server: other } of links) {
      client.resetAndDestroy();
      other.resetAndDestroy();
    }
    links.clear();
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as net.AddressInfo).port,
    get taken() {
      return taken;
    },
    flow,
    cut,
    refuse: (refuse) => void (refusing = refuse),
    heal: () => {
      refusing = false;
      flow({ toServer: 'pass', toClient: 'pass' });
    },
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      cut();
      await closed;
    },
  };
}

function connect(
  client: net.Socket,
  { target, watch }: NetworkProxyOptions,
  ways: { toServer: Flow; toClient: Flow },
): Link {
  const server = net.connect(target.port, target.host);
  client.setNoDelay(true);
  server.setNoDelay(true);
  const seen = watch?.() ?? {};
  return {
    client,
    server,
    toServer: new NetworkPipe(client, server, ways.toServer, (chunk) => seen.toServer?.(chunk)),
    toClient: new NetworkPipe(server, client, ways.toClient, (chunk) => seen.toClient?.(chunk)),
  };
}
