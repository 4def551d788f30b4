import { AuditoriumError } from '@auditorium/events';
import {
  missingOffsets,
  sendBytes,
  type FetchedBatch,
  type FetchedMessage,
  type OutMessage,
  type Producer,
} from '@auditorium/kafka';
import type { Reached } from '@auditorium/telemetry';
import { decideVerdict } from './domain/decide-verdict.ts';
import type { Directory } from './domain/directory.ts';
import { enrichedMessage } from './domain/enriched-message.ts';
import type { PartitionSession } from './domain/partition-session.ts';
import type { EnrichmentWatch } from './kafka/enrichment-watch.ts';

/**
 * Bytes of one send, unless a single message is larger: enough to be cheap, and little enough that a dozen partitions
 * with their copies in the client stay small. Far below what a producer takes.
 */
const SEND_BYTES = 262_144;

/** Where a test may kill enrichment while it works; README.md says what each leaves behind. */
export const ENRICH_POINTS = ['enrichment.before-send', 'enrichment.after-send'] as const;
export type EnrichPoint = (typeof ENRICH_POINTS)[number];

export interface EnrichDependencies {
  readonly producer: Producer;
  /** The enriched topic. */
  readonly enriched: string;
  readonly partitions: number;
  readonly directory: Directory;
  readonly watch: EnrichmentWatch;
  readonly reached: Reached<EnrichPoint>;
}

/**
 * Reads a batch, gives each record its verdict, splices the metadata in, produces in order, and remembers: one send after
 * the other, and nothing decided that does not fit in the next one. After any error the session is no good: it is ahead
 * of what is known to be in enriched.
 *
 * @throws AuditoriumError `raw-loss` for offsets that are neither records nor holes; `fenced` when somebody else has
 * written to this partition of enriched
 */
export async function enrichBatch(
  deps: EnrichDependencies,
  session: PartitionSession,
  batch: FetchedBatch,
): Promise<void> {
  requireWhole(session, batch);
  let messages: OutMessage[] = [];
  let room = SEND_BYTES;
  for (const record of batch.messages) {
    const message = decide(deps, session, record);
    const bytes = sendBytes(message);
    if (bytes > room && messages.length > 0) {
      await send(deps, session, messages);
      messages = [];
      room = SEND_BYTES;
    }
    messages.push(message);
    room -= bytes;
  }
  if (messages.length > 0) await send(deps, session, messages);
  session.rawNext = batch.next;
  session.positions.pass(session.position);
}

function requireWhole(session: PartitionSession, batch: FetchedBatch): void {
  const { partition, rawNext } = session;
  if (batch.from !== rawNext)
    throw new AuditoriumError('internal', `expected raw ${rawNext}, got ${batch.from}`);
  const held = batch.holes.reduce((sum, { from, to }) => sum + to - from + 1, batch.messages.length);
  if (held === batch.next - batch.from) return;
  const facts = { partition, missing: missingOffsets(batch).slice(0, 10) };
  throw new AuditoriumError('raw-loss', 'raw lacks records that Kafka did not leave out itself', { facts });
}

function decide(
  deps: EnrichDependencies,
  { state, partition }: PartitionSession,
  record: FetchedMessage,
): OutMessage {
  const rawFrom = state.last + 1;
  const decision = decideVerdict(state, record, { partition, partitions: deps.partitions });
  state.advance(decision);
  deps.watch.decided(decision, { partition, rawFrom });
  return enrichedMessage(record, decision, rawFrom, deps.directory);
}

async function send(
  deps: EnrichDependencies,
  session: PartitionSession,
  messages: OutMessage[],
): Promise<void> {
  await deps.reached('enrichment.before-send');
  const { baseOffset } = await deps.producer.send(deps.enriched, session.partition, messages);
  await deps.reached('enrichment.after-send');
  if (baseOffset !== session.enrichedNext) {
    const facts = { partition: session.partition, baseOffset, expected: session.enrichedNext };
    throw new AuditoriumError('fenced', 'somebody else has written to enriched', { facts, retryable: true });
  }
  session.enrichedNext += messages.length;
}
