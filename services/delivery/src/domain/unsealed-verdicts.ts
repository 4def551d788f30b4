import { decideTake, decodeEnrichedHeaders, type ReceivedHeaders } from '@auditorium/events';

/**
 * What enrichment has said beyond the ledger: the verdicts after a sealed position, by the same rule as the sealer's.
 * Of one org it also keeps where its accepted events lie, so that a view which is ahead of the ledger can be compared.
 */
export class UnsealedVerdicts {
  accepted = 0;
  rejected = 0;
  repeats = 0;
  /** Raw offsets of the org's accepted events, ascending. */
  readonly ofOrg: number[] = [];
  #last: number;
  readonly #org: Buffer;

  constructor(rawLast: number, org: string) {
    this.#last = rawLast;
    this.#org = Buffer.from(org);
  }

  /** The last raw offset that has a verdict without a gap before it. */
  get last(): number {
    return this.#last;
  }

  take(message: { readonly key: Buffer | null; readonly headers: ReceivedHeaders }): void {
    const headers = decodeEnrichedHeaders(message.headers);
    if (!headers || decideTake(this.#last, headers.rawFrom, headers.rawOffset) !== 'take') return;
    this.#last = headers.rawOffset;
    if (headers.verdict === 'rejected') this.rejected += 1;
    else if (headers.verdict === 'repeat') this.repeats += 1;
    else {
      this.accepted += 1;
      if (message.key?.equals(this.#org)) this.ofOrg.push(headers.rawOffset);
    }
  }

  /** How many of the org's accepted events lie at or below this raw offset. */
  upTo(rawOffset: number): number {
    return this.ofOrg.filter((raw) => raw <= rawOffset).length;
  }
}
