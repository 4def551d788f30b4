import type { NameOf } from '@auditorium/layouts';
import type { Logger } from '@auditorium/telemetry';
import { SimKafka } from '../kafka/sim-kafka.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import type { World } from '../kernel/world.ts';
import { addDelivery, type DeliveryTables } from '../postgres/delivery-statements.ts';
import { addOutbox, addSessionLocks } from '../postgres/outbox-statements.ts';
import { SimDatabase } from '../postgres/sim-database.ts';
import { SimBucket } from '../s3/sim-bucket.ts';
import { SimCustomers } from '../s3/sim-customers.ts';
import { EnrichedWriter } from './enriched-writer.ts';
import { Watcher } from './watcher.ts';

/** The servers of one world of sealers and couriers. */
export interface DeliveryStage {
  readonly world: World;
  readonly kafka: SimKafka;
  readonly partitions: number;
  readonly database: SimDatabase;
  readonly tables: DeliveryTables;
  readonly ledger: SimBucket;
  readonly customers: SimCustomers;
  readonly names: Names;
  readonly enriched: EnrichedWriter;
  readonly watcher: Watcher;
  /** Codes with which partitions were given up for good. */
  readonly stops: string[];
  /** Whether a sealer that comes to this point falls asleep there for hours. */
  putsToSleep: (process: SimProcess, point: string) => boolean;
  /** Told of each crash point that a courier comes to, before anything happens to it there. */
  onCourier: (point: string) => void;
}

/** The directory's names, which erasures take away. */
export class Names {
  readonly #erased = new Set<string>();

  erase(actor: string): void {
    this.#erased.add(actor);
  }

  get of(): NameOf {
    const erased = new Set(this.#erased);
    return ({ id, version }) => {
      if (version === null) return undefined;
      return erased.has(id)
        ? { name: null, email: null }
        : { name: `${id} v${version}`, email: `${id}@example.com` };
    };
  }
}

export function setDeliveryStage(world: World): DeliveryStage {
  const kafka = new SimKafka(world);
  const partitions = 1 + world.random.int(2);
  const database = new SimDatabase(world);
  const tables = addDelivery(database);
  addOutbox(database, { schema: 'delivery', origin: 'delivery-database', shards: 1 });
  addSessionLocks(database);
  const customers = new SimCustomers(world);
  const ledger = new SimBucket('ledger');
  const watcher = new Watcher(world, tables, ledger);
  return {
    world,
    kafka,
    partitions,
    database,
    tables,
    ledger,
    customers,
    names: new Names(),
    enriched: new EnrichedWriter(world, kafka, partitions),
    watcher,
    stops: [],
    putsToSleep: () => false,
    onCourier: () => undefined,
  };
}

/** The services' log: what they warn of is a fact of the world. */
export function logOf(world: World, service: string): Logger {
  const quiet = (): void => undefined;
  const say = (facts: { err?: unknown }, message: string): void => {
    const cause = facts.err instanceof Error ? `: ${facts.err.message}` : '';
    world.log(`${service} says: ${message}${cause}`);
  };
  return { trace: quiet, debug: quiet, info: say, warn: say, error: say, fatal: say } as unknown as Logger;
}
