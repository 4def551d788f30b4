import { Connection, metadataV12 } from '@platformatic/kafka';
import { AuditoriumError } from '@auditorium/events';

const CONNECT_TIMEOUT_MS = 3000;
/** Above the longest wait of a fetch, so that only a broker that hangs runs into it. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Which broker leads each partition of a topic, and connections to those brokers. */
export class BrokerConnections {
  readonly #brokers: readonly string[];
  readonly #clientId: string;
  readonly #topic: string;
  readonly #open = new Map<string, Promise<Connection>>();
  #leaders: Map<number, string> | undefined;

  constructor(options: {
    readonly brokers: readonly string[];
    readonly clientId: string;
    readonly topic: string;
  }) {
    this.#brokers = options.brokers;
    this.#clientId = options.clientId;
    this.#topic = options.topic;
  }

  /** The address (`host:port`) of each partition's leader. */
  async leaders(): Promise<ReadonlyMap<number, string>> {
    this.#leaders ??= await this.#findLeaders();
    return this.#leaders;
  }

  /** The connection to a broker, opened when first asked for. */
  to(address: string): Promise<Connection> {
    const known = this.#open.get(address);
    if (known) return known;
    const opening = this.#connect(address);
    this.#open.set(address, opening);
    opening.catch(() => this.#open.delete(address));
    return opening;
  }

  /** Drops what is known, after an error: the next call asks the cluster again. */
  async forget(): Promise<void> {
    this.#leaders = undefined;
    const connections = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(connections.map(async (connection) => (await connection).close()));
  }

  async #connect(address: string): Promise<Connection> {
    const at = address.lastIndexOf(':');
    const connection = new Connection(this.#clientId, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    });
    connection.on('error', () => this.#open.delete(address));
    connection.on('close', () => this.#open.delete(address));
    await connection.connect(address.slice(0, at), Number(address.slice(at + 1)));
    return connection;
  }

  async #findLeaders(): Promise<Map<number, string>> {
    let last: unknown;
    for (const bootstrap of this.#brokers) {
      try {
        return await this.#askForLeaders(bootstrap);
      } catch (error) {
        if (error instanceof AuditoriumError) throw error;
        last = error;
      }
    }
    throw new AuditoriumError('kafka-unavailable', `No broker of ${this.#brokers.join(', ')} answers`, {
      cause: last,
      retryable: true,
    });
  }

  async #askForLeaders(bootstrap: string): Promise<Map<number, string>> {
    const { brokers, topics } = await metadataV12.api.async(
      await this.to(bootstrap),
      [this.#topic],
      false,
      false,
    );
    const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]));
    const partitions = topics[0]?.partitions ?? [];
    const leaders = new Map<number, string>();
    for (const { partitionIndex, leaderId } of partitions) {
      const address = addresses.get(leaderId);
      if (address === undefined) {
        throw new AuditoriumError('kafka-unavailable', `${this.#topic}/${partitionIndex} has no leader now`, {
          retryable: true,
        });
      }
      leaders.set(partitionIndex, address);
    }
    if (leaders.size === 0) {
      throw new AuditoriumError('topic-missing', `The topic ${this.#topic} does not exist`, {
        retryable: true,
      });
    }
    return leaders;
  }
}
