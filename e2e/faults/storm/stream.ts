import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PARTITIONS, partitionOf, topicsOf } from '@auditorium/events';
import { createProducer, splitForSend, type OutMessage } from '@auditorium/kafka';

/** Orgs with a bucket, and their share of all events; the rest goes to {@link SMALL_ORGS} without one. */
const CONNECTED = ['org_acme', 'org_globex'] as const;
const CONNECTED_SHARE = 0.2;
const SMALL_ORGS = Array.from({ length: 240 }, (_none, n) => `org_small_${n}`);
/** The size that the project measures with. */
const EVENT_BYTES = 1_100;
const TICK_MS = 100;

/** A stream at a steady rate; every event has its org's next number. */
export interface EventStream {
  /** How many events of each org Kafka has acknowledged: those with numbers below. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** All of them. */
  total(): number;
  /** Events a second from now on; 0 rests. */
  rate(perSecond: number): void;
  /** So many at once, as fast as they go. */
  burst(events: number): Promise<void>;
  /** Ends when everything that was begun has been acknowledged. */
  close(): Promise<void>;
}

/** Sends to raw as a product without our SDK does: in order, each event again until it is acknowledged. */
export function startStream(brokers: readonly string[]): EventStream {
  const producer = createProducer({ brokers, clientId: 'stream', compression: 'zstd' });
  const lanes = Array.from({ length: DEFAULT_PARTITIONS }, (_none, partition) => new StreamLane(partition));
  const acknowledged = new Map<string, number>();
  const numbers = new Map<string, number>();
  const topic = topicsOf().raw;
  let perSecond = 0;
  let made = 0;
  let open = true;
  const make = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const org = orgOf((made += 1));
      const number = numbers.get(org) ?? 0;
      numbers.set(org, number + 1);
      lanes[partitionOf(org, DEFAULT_PARTITIONS)]?.waiting.push({ org, number });
    }
  };
  const sending = lanes.map((lane) => lane.run(producer, topic, acknowledged, () => open));
  const ticking = (async () => {
    for (let owed = 0; open; await sleep(TICK_MS)) {
      owed += (perSecond * TICK_MS) / 1000;
      make(Math.floor(owed));
      owed -= Math.floor(owed);
    }
  })();
  return {
    acknowledged,
    total: () => [...acknowledged.values()].reduce((sum, count) => sum + count, 0),
    rate: (wanted) => void (perSecond = wanted),
    burst: async (events) => {
      make(events);
      while (lanes.some(({ waiting }) => waiting.length > 0)) await sleep(TICK_MS);
    },
    close: async () => {
      open = false;
      await Promise.all([ticking, ...sending]);
      await producer.close();
    },
  };
}

interface Numbered {
  readonly org: string;
  readonly number: number;
}

/** Events of one send at most. */
const SEND_EVENTS = 700;

class StreamLane {
  readonly waiting: Numbered[] = [];
  readonly #partition: number;

  constructor(partition: number) {
    this.#partition = partition;
  }

  async run(
    producer: ReturnType<typeof createProducer>,
    topic: string,
    acknowledged: Map<string, number>,
    isOpen: () => boolean,
  ): Promise<void> {
    while (isOpen() || this.waiting.length > 0) {
      const [send = []] = splitForSend(this.waiting.slice(0, SEND_EVENTS).map(messageOf));
      if (send.length === 0) {
        await sleep(TICK_MS);
        continue;
      }
      try {
        await producer.send(topic, this.#partition, send);
      } catch {
        producer.reset(topic, this.#partition);
        await sleep(TICK_MS);
        continue;
      }
      for (const { org, number } of this.waiting.splice(0, send.length)) acknowledged.set(org, number + 1);
    }
  }
}

function orgOf(n: number): string {
  if (n % Math.round(1 / CONNECTED_SHARE) === 0) return CONNECTED[n % CONNECTED.length] as string;
  return SMALL_ORGS[(n * 7919) % SMALL_ORGS.length] as string;
}

/** Its id tells its number, so that whoever finds it knows what comes before it. */
export const idOf = ({ org, number }: Numbered): string => `${org}-${number}`;

function messageOf({ org, number }: Numbered): OutMessage {
  const event = {
    specversion: '1.0',
    id: idOf({ org, number }),
    source: 'stream',
    type: 'project.renamed',
    time: new Date().toISOString(),
    subject: 'project/p_1',
    orgid: org,
    data: {
      actor: { type: 'user', id: `u_${number % 50}` },
      targets: [{ type: 'project', id: `p_${number % 400}` }],
      outcome: 'success',
      context: { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', requestId: `r-${number}` },
      metadata: { note: '' },
    },
  };
  const short = EVENT_BYTES - JSON.stringify(event).length;
  event.data.metadata.note = noteOf(number, Math.max(0, short));
  return { key: org, value: Buffer.from(JSON.stringify(event)) };
}

/** Text that compresses as text does, a different one for each event. */
function noteOf(number: number, length: number): string {
  let note = '';
  for (let n = number; note.length < length; n = (n * 48_271 + 11) % 2_147_483_647)
    note += `${n.toString(36)} `;
  return note.slice(0, length);
}
