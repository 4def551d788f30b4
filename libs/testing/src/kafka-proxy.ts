import { type ConnectionWatch, type NetworkProxy, startNetworkProxy } from './network-proxy.ts';
import { Tally } from './tally.ts';

/** A way to a broker. The broker must advertise it, or clients go past it after their first question. */
export interface KafkaProxy extends NetworkProxy {
  /** `host:port` for a client's bootstrap. */
  readonly address: string;
  /** Requests as `client id/API`, the APIs by the names below. */
  readonly requests: Tally;
}

const APIS: Readonly<Record<number, string>> = {
  0: 'produce',
  1: 'fetch',
  2: 'offsets',
  3: 'metadata',
  10: 'coordinator',
  11: 'join',
  12: 'heartbeat',
  14: 'sync',
  18: 'versions',
  22: 'producer-id',
};

/** @param port where it listens: the one that the broker advertises */
export async function startKafkaProxy(broker: string, port: number): Promise<KafkaProxy> {
  const at = broker.lastIndexOf(':');
  const requests = new Tally();
  const proxy = await startNetworkProxy({
    port,
    target: { host: broker.slice(0, at), port: Number(broker.slice(at + 1)) },
    watch: () => watchConnection(requests),
  });
  return Object.assign(proxy, { address: `${proxy.host}:${proxy.port}`, requests });
}

/** Length of a request, and what of it names API and client. */
const LENGTH_BYTES = 4;
const API_AT = LENGTH_BYTES;
const CLIENT_LENGTH_AT = 12;
const CLIENT_AT = 14;

function watchConnection(requests: Tally): ConnectionWatch {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  return {
    toServer(chunk) {
      let bytes = skip > 0 ? chunk.subarray(skip) : Buffer.concat([rest, chunk]);
      skip = Math.max(0, skip - chunk.length);
      rest = Buffer.alloc(0);
      while (bytes.length >= CLIENT_AT) {
        const clientBytes = Math.max(0, bytes.readInt16BE(CLIENT_LENGTH_AT));
        if (bytes.length < CLIENT_AT + clientBytes) break;
        const client = bytes.toString('utf8', CLIENT_AT, CLIENT_AT + clientBytes);
        const api = bytes.readInt16BE(API_AT);
        requests.add(`${client}/${APIS[api] ?? api}`);
        const length = LENGTH_BYTES + bytes.readInt32BE(0);
        skip = Math.max(0, length - bytes.length);
        bytes = bytes.subarray(length);
      }
      rest = bytes;
      return undefined;
    },
  };
}
