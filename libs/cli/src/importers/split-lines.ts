/** A line with something in it. */
export interface Line {
  /** Without the line's end; undefined when it was larger than the limit. */
  readonly bytes: Buffer | undefined;
  /** From 1, blank lines counted. */
  readonly number: number;
}

/** Splits bytes into lines, holding one line at a time. Blank lines are left out. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 1;
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > limit) parts = [];
    else parts.push(part);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      keep(chunk.subarray(from, end));
      const line = lineOf(parts, size, limit, number);
      if (line !== undefined) yield line;
      parts = [];
      size = 0;
      number += 1;
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  const last = lineOf(parts, size, limit, number);
  if (last !== undefined) yield last;
}

function lineOf(parts: Buffer[], size: number, limit: number, number: number): Line | undefined {
  if (size > limit) return { bytes: undefined, number };
  const bytes = Buffer.concat(parts);
  return bytes.every((byte) => byte <= 0x20) ? undefined : { bytes, number };
}
