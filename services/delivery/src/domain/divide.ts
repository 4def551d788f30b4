import type { Layout } from '@auditorium/layouts';
import { linesOf } from '@auditorium/ledger';

export interface DividedLines {
  /** Of each part, in the order of their names: the lines with their newlines, and how many. Never none. */
  readonly parts: ReadonlyMap<string, { readonly lines: Buffer; readonly count: number }>;
  /** Lines that the layout cannot express. */
  readonly quarantined: number;
}

/** Divides lines among the parts of a layout; each line goes to one part, or is counted as quarantined. */
export function divide(layout: Layout, lines: Buffer): DividedLines {
  const [only] = layout.parts;
  if (layout.partOf === undefined && only !== undefined) {
    return { parts: new Map([[only, { lines, count: countOf(lines) }]]), quarantined: 0 };
  }
  const found = new Map<string, Buffer[]>(layout.parts.map((part) => [part, []]));
  let quarantined = 0;
  for (const line of linesOf(lines)) {
    const part = layout.partOf?.(line);
    if (part === undefined) {
      quarantined += 1;
      continue;
    }
    const its = found.get(part) ?? [];
    its.push(line, NEWLINE);
    found.set(part, its);
  }
  // A range of which nothing can be expressed needs a plan all the same, to be counted.
  if (found.size === 0) found.set(NO_PART, []);
  const parts = [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, its]) => [part, { lines: Buffer.concat(its), count: its.length / 2 }] as const);
  return { parts: new Map(parts), quarantined };
}

const NO_PART = 'none';
const NEWLINE = Buffer.from('\n');

function countOf(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
