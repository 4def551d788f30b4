/** Makes lines of events by hand, byte for byte: what is to be wrong with them no serialiser would write. */

/** What may differ from an ordinary event; each is JSON as it is to stand in the line. */
export interface LineChange {
  readonly id?: string;
  readonly org?: string;
  readonly time?: string;
  readonly type?: string;
  /** Members in front of `data`, with a comma behind each. */
  readonly attributes?: string;
  readonly data?: string;
  /** The value of `data.metadata.note`. */
  readonly note?: string;
  /** Members of `data.metadata` beside `note`, with a comma in front of each. */
  readonly metadata?: string;
  /** The type, id and name of the target. */
  readonly target?: string;
  readonly actor?: string;
}

/** An hour ago by the clock of whoever asks, so that it is never ahead of the broker. */
export const hourBefore = (now: number): string => new Date(now - 3_600_000).toISOString();

/** Writes lines of one org. */
export class LineWriter {
  readonly org: string;
  readonly #time: string;

  constructor(org: string, now: number) {
    this.org = org;
    this.#time = hourBefore(now);
  }

  line(id: string, change: LineChange = {}): string {
    const { metadata = '', note = '""', attributes = '' } = change;
    const target = change.target ?? '{"type":"project","id":"p_1"}';
    const actor = change.actor ?? '{"type":"user","id":"u_1"}';
    const data =
      change.data ??
      `{"actor":${actor},"targets":[${target}],"outcome":"success","metadata":{"note":${note}${metadata}}}`;
    const head =
      `"specversion":"1.0","id":${change.id ?? JSON.stringify(id)},"source":"poison",` +
      `"type":${change.type ?? '"thing.tried"'},"time":${change.time ?? JSON.stringify(this.#time)},`;
    return `{${head}"orgid":${change.org ?? JSON.stringify(this.org)},${attributes}"data":${data}}`;
  }

  bytes(id: string, change: LineChange = {}): Buffer {
    return Buffer.from(this.line(id, change));
  }

  /** An event of just so many bytes. */
  ofSize(id: string, bytes: number): Buffer {
    const rest = this.line(id).length;
    return this.bytes(id, { note: `"${'x'.repeat(bytes - rest)}"` });
  }

  /** A line with something taken out or put in. */
  edited(id: string, from: string | RegExp, to: string): Buffer {
    return Buffer.from(this.line(id).replace(from, () => to));
  }
}
