import { topicsOf, type Topics } from '@auditorium/events';
import type { Logger } from '@auditorium/telemetry';
import { SimKafka } from '../kafka/sim-kafka.ts';
import type { World } from '../kernel/world.ts';
import { addEnrichment, type Positions } from '../postgres/enrichment-statements.ts';
import { addOutbox, addSessionLocks, type Outbox } from '../postgres/outbox-statements.ts';
import { SimDatabase } from '../postgres/sim-database.ts';
import { Reference } from './reference.ts';
import { SentEvents } from './sent.ts';

/** A partition that a service gave up for good. */
export interface Stop {
  readonly service: string;
  readonly partition: number | undefined;
  readonly code: string;
}

/** The servers of one world, and what is known of what happened in it. */
export interface Stage {
  readonly world: World;
  readonly kafka: SimKafka;
  readonly topics: Topics;
  readonly partitions: number;
  /** Our own database. */
  readonly platform: SimDatabase;
  /** The product's, with its outbox. */
  readonly product: SimDatabase;
  readonly outbox: Outbox;
  /** What enrichment has saved. */
  readonly positions: Positions;
  readonly sent: SentEvents;
  readonly references: readonly Reference[];
  readonly stops: Stop[];
  /** Partitions that enrichment may give up because of what was done to their logs, with the codes that are right. */
  readonly mayStop: Map<number, readonly string[]>;
  /** Those that it must give up: what is lost must be told. */
  readonly mustStop: Set<number>;
  /** What is being done to the logs and is not done yet. */
  deeds: number;
  /** For how long nothing comes before the end, ms. */
  idleMs: number;
}

export const OUTBOX_SCHEMA = 'public';

export function setStage(world: World): Stage {
  const kafka = new SimKafka(world);
  const topics = topicsOf();
  const partitions = world.includes('two shards in one partition', 0.3) ? 1 : 1 + world.random.int(3);
  const raw = kafka.create(topics.raw, partitions);
  kafka.create(topics.enriched, partitions);
  const platform = new SimDatabase(world);
  const positions = addEnrichment(platform);
  const product = new SimDatabase(world);
  const outbox = addOutbox(product, { schema: OUTBOX_SCHEMA, origin: 'shop-database', shards: 2 });
  addSessionLocks(product);
  const sent = new SentEvents();
  const references = raw.map((log) => new Reference(log, sent));
  return {
    world,
    kafka,
    topics,
    partitions,
    platform,
    product,
    outbox,
    sent,
    references,
    positions,
    stops: [],
    mayStop: new Map(),
    mustStop: new Set(),
    deeds: 0,
    idleMs: 0,
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
