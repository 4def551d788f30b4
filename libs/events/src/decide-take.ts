/**
 * The consumer rule: what a consumer of the enriched topic that has taken everything up to raw offset `last` does with a
 * message that accounts for the raw offsets `rawFrom`…`rawOffset` (both inclusive).
 *
 * - `repeat`: it has taken this one; skip and count.
 * - `gap`: something before it is missing; alarm, take nothing, read on. It may be refilled later in the log.
 * - `take`: apply it and set `last = rawOffset` in the same transaction.
 *
 * `last` is −1 before the first. Because enrichment may repeat itself but never reorders what it has not sent yet, this
 * rule gives each verdict exactly once and in order, whoever wrote the messages and however often.
 */
export function decideTake(last: number, rawFrom: number, rawOffset: number): 'take' | 'repeat' | 'gap' {
  if (rawOffset <= last) return 'repeat';
  return rawFrom > last + 1 ? 'gap' : 'take';
}
