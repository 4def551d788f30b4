import net from 'node:net';

/** A way to PostgreSQL that can lose the answer to a COMMIT, whether or not the server got to see the question. */
export interface CuttingProxy {
  readonly url: string;
  /** The next COMMIT on any connection is cut, `before` or `after` the server has it. */
  cutNextCommit(when: 'before' | 'after'): void;
  close(): void;
}

/** @param databaseUrl of the server behind it; `close()` takes no further connections, it ends none. */
export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  let armed: 'before' | 'after' | undefined;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    let mute = false;
    client.on('data', (data) => {
      if (armed !== undefined && data.includes('COMMIT')) {
        const when = armed;
        armed = undefined;
        if (when === 'before') return void client.destroy();
        mute = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (mute ? client.destroy() : client.write(data)));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);
  return { url: url.href, cutNextCommit: (when) => void (armed = when), close: () => void server.close() };
}
