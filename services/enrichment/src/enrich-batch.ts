import { AuditoriumError, encodeEnrichedHeaders } from '@auditorium/events';
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
import { isAccepted, lostVerdict, type Loss } from './domain/loss.ts';
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
  const lost = requireWhole(session, batch);
  let messages: OutMessage[] = [];
  let room = SEND_BYTES;
  for (const message of verdictsOn(deps, session, batch, lost)) {
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

/** Gives the verdict that raw offsets up to `to` are lost, where nothing of raw stands between. */
export async function sendLost(
  deps: Pick<EnrichDependencies, 'producer' | 'enriched' | 'watch' | 'reached'>,
  session: PartitionSession,
  to: number,
): Promise<void> {
  const message = decideLost(deps, session, to);
  await send(deps, session, [message]);
  session.rawNext = to + 1;
}

/** Decided one by one as they are asked for, so that nothing is ahead of the send that is being filled. */
function* verdictsOn(
  deps: EnrichDependencies,
  session: PartitionSession,
  batch: FetchedBatch,
  lost: readonly Loss[],
): Generator<OutMessage> {
  const waiting = [...lost];
  for (const record of batch.messages) {
    while (waiting[0] !== undefined && waiting[0].to < record.offset)
      yield decideLost(deps, session, (waiting.shift() as Loss).to);
    yield decide(deps, session, record);
  }
  for (const { to } of waiting) yield decideLost(deps, session, to);
}

/** @returns what the batch lacks and was accepted as lost. @throws AuditoriumError `raw-loss` for anything else it lacks */
function requireWhole(session: PartitionSession, batch: FetchedBatch): Loss[] {
  const { partition, rawNext, losses } = session;
  if (batch.from !== rawNext)
    throw new AuditoriumError('internal', `expected raw ${rawNext}, got ${batch.from}`);
  const held = batch.holes.reduce((sum, { from, to }) => sum + to - from + 1, batch.messages.length);
  if (held === batch.next - batch.from) return [];
  const missing = missingOffsets(batch);
  const lost = missing.find((range) => !isAccepted(losses, range));
  if (lost === undefined) return missing;
  const facts = { partition, missing: missing.slice(0, 10), lost, absent: true };
  throw new AuditoriumError('raw-loss', 'raw lacks records that Kafka did not leave out itself', { facts });
}

function decideLost(
  { watch }: Pick<EnrichDependencies, 'watch'>,
  { state, partition }: PartitionSession,
  to: number,
): OutMessage {
  const rawFrom = state.last + 1;
  const verdict = lostVerdict(state.last, to);
  state.advance(verdict);
  watch.decided(verdict, { partition, rawFrom });
  return { key: null, value: null, headers: encodeEnrichedHeaders(verdict) };
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
  deps: Pick<EnrichDependencies, 'producer' | 'enriched' | 'reached'>,
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
