import { type ConnectionWatch, type NetworkProxy, startNetworkProxy } from './network-proxy.ts';
import { Tally } from './tally.ts';

/** A way to PostgreSQL that loses connections, statements, or the answers to them. */
export interface PostgresProxy extends NetworkProxy {
  /** Of the database behind it, by way of the proxy. */
  readonly url: string;
  /** Connections by their application's name. */
  readonly connections: Tally;
  /**
   * The next statement that holds this text, on whatever connection, is cut: `before` the server has it, or `after`, when
   * it has acted and its answer is on the way.
   */
  cutNext(statement: string, when: 'before' | 'after'): void;
  /** The same for COMMIT. */
  cutNextCommit(when: 'before' | 'after'): void;
}

interface Armed {
  readonly statement: string;
  readonly when: 'before' | 'after';
}

/** @param databaseUrl of the server behind it */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const target = new URL(databaseUrl);
  const connections = new Tally();
  let armed: Armed | undefined;
  const take = (chunk: Buffer): Armed['when'] | undefined => {
    if (armed === undefined || !chunk.includes(armed.statement)) return undefined;
    const { when } = armed;
    armed = undefined;
    return when;
  };
  const proxy = await startNetworkProxy({
    target: { host: target.hostname, port: Number(target.port) },
    watch: () => watchConnection(connections, take),
  });
  const url = new URL(databaseUrl);
  url.hostname = proxy.host;
  url.port = String(proxy.port);
  const cutNext: PostgresProxy['cutNext'] = (statement, when) => void (armed = { statement, when });
  return Object.assign(proxy, {
    url: url.href,
    connections,
    cutNext,
    cutNextCommit: (when: Armed['when']) => cutNext('COMMIT', when),
  });
}

function watchConnection(
  connections: Tally,
  take: (chunk: Buffer) => Armed['when'] | undefined,
): ConnectionWatch {
  let first = true;
  let isMute = false;
  return {
    toServer(chunk) {
      if (first) connections.add(applicationOf(chunk));
      first = false;
      const when = take(chunk);
      isMute ||= when === 'after';
      return when === 'before' ? 'cut' : undefined;
    },
    toClient: () => (isMute ? 'cut' : undefined),
  };
}

/** The startup message is a list of names and values, each ended by a zero byte. */
function applicationOf(startup: Buffer): string {
  const words = startup.subarray(8).toString('utf8').split('\0');
  return words[words.indexOf('application_name') + 1] ?? 'unnamed';
}
