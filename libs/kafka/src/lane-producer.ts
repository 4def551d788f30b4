import { AuditoriumError } from '@auditorium/events';

/** One message to send. */
export interface OutMessage {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Sends to explicit partitions, in order. */
export interface Producer {
  /**
   * Sends messages as one record batch and resolves once all in-sync replicas have it. Calls for one partition are sent
   * one after the other, those for different partitions at the same time.
   *
   * After a failed send it is unknown whether its messages are in the log; every later one for that partition is refused
   * with `producer-failed` until {@link Producer.reset}, so that nothing can overtake.
   *
   * @throws AuditoriumError `producer-failed`; `produce-rejected` when Kafka will never take these messages.
   */
  send(topic: string, partition: number, messages: readonly OutMessage[]): Promise<{ baseOffset: number }>;
  /** Lets a partition be sent to again, after the caller has found out what is in the log. */
  reset(topic: string, partition: number): void;
  close(): Promise<void>;
}

/** Most bytes of one send, below the 1 MiB that a raw topic takes in a record batch. */
export const MAX_SEND_BYTES = 900_000;
/** Length fields, deltas and attributes of a record: at most this. */
const RECORD_OVERHEAD_BYTES = 40;
/** What a producer sends through: one record batch, retried by the client under one producer id until it is known or given up. */
export interface BatchSender {
  /** Resolves with the offset of the first message. @throws AuditoriumError when it is unknown whether they arrived */
  send(topic: string, partition: number, messages: readonly OutMessage[]): Promise<number>;
  close(): Promise<void>;
}

interface Lane {
  failed: AuditoriumError | undefined;
  /** Ends when everything handed over so far has been sent or refused; never rejects. */
  tail: Promise<unknown>;
}

/** How much of a record batch a message takes, at most. */
export function sendBytes(message: OutMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(message.key ?? '') + (message.value?.length ?? 0);
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 4;
  }
  return bytes;
}

/** The same messages in the same order, cut into what can be sent at once. */
export function splitForSend(messages: readonly OutMessage[], maxBytes = MAX_SEND_BYTES): OutMessage[][] {
  const sends: OutMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = sendBytes(message);
    if (bytes > room || sends.length === 0) {
      sends.push([]);
      room = maxBytes;
    }
    sends.at(-1)?.push(message);
    room -= bytes;
  }
  return sends;
}

/** The order of a {@link Producer}: for each partition one send after the other, and none after one that failed. */
export function laneProducer(sender: BatchSender): Producer {
  const lanes = new Map<string, Lane>();
  const laneOf = (topic: string, partition: number): Lane => {
    const name = `${topic}/${partition}`;
    const lane = lanes.get(name) ?? { failed: undefined, tail: Promise.resolve() };
    lanes.set(name, lane);
    return lane;
  };
  return {
    send: (topic, partition, messages) => {
      const lane = laneOf(topic, partition);
      const sent = lane.tail.then(() => sendInLane(sender, lane, topic, partition, messages));
      lane.tail = sent.catch(() => {});
      return sent;
    },
    reset: (topic, partition) => {
      laneOf(topic, partition).failed = undefined;
    },
    close: async () => {
      for (const lane of lanes.values())
        lane.failed ??= new AuditoriumError('producer-failed', 'The producer is closed');
      await sender.close();
    },
  };
}

async function sendInLane(
  sender: BatchSender,
  lane: Lane,
  topic: string,
  partition: number,
  messages: readonly OutMessage[],
): Promise<{ baseOffset: number }> {
  if (lane.failed) {
    throw new AuditoriumError(
      'producer-failed',
      `${topic}/${partition} takes nothing more since a send failed`,
      { cause: lane.failed },
    );
  }
  requireSize(topic, partition, messages);
  try {
    return { baseOffset: await sender.send(topic, partition, messages) };
  } catch (error) {
    lane.failed = error as AuditoriumError;
    throw lane.failed;
  }
}

function requireSize(topic: string, partition: number, messages: readonly OutMessage[]): void {
  const bytes = messages.reduce((sum, message) => sum + sendBytes(message), 0);
  if (messages.length > 0 && bytes <= MAX_SEND_BYTES) return;
  throw new AuditoriumError(
    'produce-rejected',
    `A send of ${messages.length} messages and ${bytes} bytes to ${topic}/${partition}`,
  );
}
