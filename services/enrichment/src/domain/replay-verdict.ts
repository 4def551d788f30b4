import { decideTake, decodeEnrichedHeaders, type ReceivedHeaders } from '@auditorium/events';
import { identityOf, type PartitionState } from './partition-state.ts';

/** A message of the enriched topic. */
export interface EnrichedMessage {
  readonly key: Buffer | null;
  readonly headers: ReceivedHeaders;
}

/**
 * Reads back a verdict that was given: the consumer rule over enriched, which rebuilds the state that it left behind.
 * `gap` changes nothing: enrichment goes on at the first raw offset without a verdict and so refills it.
 * `foreign` is a message that is no verdict.
 */
export function replayVerdict(
  state: PartitionState,
  message: EnrichedMessage,
): 'take' | 'repeat' | 'gap' | 'foreign' {
  const given = decodeEnrichedHeaders(message.headers);
  if (given === undefined) return 'foreign';
  const decision = decideTake(state.last, given.rawFrom, given.rawOffset);
  if (decision !== 'take') return decision;
  const { id, source } = given;
  const named =
    message.key !== null && id !== undefined && source !== undefined && given.verdict !== 'rejected';
  const identity = named ? identityOf(message.key.toString('latin1'), source, id) : undefined;
  state.advance({ ...given, identity });
  return 'take';
}
