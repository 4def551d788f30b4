import { partitionOf, rawHeadersOf } from '@auditorium/events';
import type { OutMessage, Producer } from '@auditorium/kafka';
import { batchesOf } from './batches-of.ts';

/** Where imported events go, and under which name their numbers are kept. */
export interface ImporterOptions {
  readonly producer: Producer;
  /** The raw topic. */
  readonly topic: string;
  /** How many partitions it has. */
  readonly partitions: number;
  /** The org's id. */
  readonly org: string;
  /** Names the content that is imported, for example by its digest. The same content must give the same name. */
  readonly outbox: string;
  /** How often a send is tried before the import gives up. Default: 5. */
  readonly attempts?: number;
}

/** An event with its place in what is imported. */
export interface ImportedEvent {
  /** The event's bytes, as they will lie in the raw topic. */
  readonly line: Buffer;
  /** Rises from event to event, and is the same each time the same content is imported. */
  readonly sequence: number;
}

/** Sends events that have an outbox of their own but no table: the content itself is what can be read again. */
export interface ImporterProducer {
  /**
   * Sends events in order, in batches; resolves when every in-sync replica has all of them. When it rejects, some may
   * have arrived: importing the same content again repeats them harmlessly and sends the rest.
   */
  sendEvents(events: readonly ImportedEvent[]): Promise<void>;
}

const FIRST_PAUSE_MS = 200;

/** Makes a producer for one import. */
export function createImporterProducer(options: ImporterOptions): ImporterProducer {
  const partition = partitionOf(options.org, options.partitions);
  return {
    async sendEvents(events) {
      const messages = events.map((event) => messageOf(options, event));
      for (const batch of batchesOf(messages)) await sendBatch(options, partition, batch);
    },
  };
}

/** Sends the same messages until they are acknowledged; enrichment drops what had arrived already. */
async function sendBatch(options: ImporterOptions, partition: number, messages: OutMessage[]): Promise<void> {
  const { producer, topic, attempts = 5 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await producer.send(topic, partition, messages);
      return;
    } catch (error) {
      producer.reset(topic, partition);
      if (attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

function messageOf({ org, outbox }: ImporterOptions, { line, sequence }: ImportedEvent): OutMessage {
  return { key: org, value: line, headers: rawHeadersOf({ outbox, sequence }) };
}
