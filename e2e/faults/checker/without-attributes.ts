const CLOSE = 0x7d;

/** What enrichment splices into a raw line (docs/formats/event.md), the first of them always. */
export const ENRICHED_ATTRIBUTES = ['acceptedtime', 'orgname', 'orgslug', 'actorversion', 'actorroles'];
/** What the layout `auditorium` splices into a line of the ledger (docs/formats/auditorium-layout.md), always both. */
export const LAYOUT_ATTRIBUTES = ['actorname', 'actoremail'];

/**
 * The line as it was before `names` were spliced in before its last `}`; undefined when something else than these was, or
 * nothing. Written anew here, not taken from the code that splices: a fault there must not hide itself.
 */
export function withoutAttributes(line: Buffer, names: readonly string[]): Buffer | undefined {
  // Within a text a quotation mark is escaped, so the last place that reads like this is the spliced one.
  const from = line.lastIndexOf(`,"${names[0]}":`);
  const close = line.lastIndexOf(CLOSE);
  if (from < 0 || close < from) return undefined;
  const added = namesIn(line.toString('utf8', from + 1, close));
  if (added === undefined || !added.every((name) => names.includes(name))) return undefined;
  return Buffer.concat([line.subarray(0, from), line.subarray(close)]);
}

function namesIn(members: string): string[] | undefined {
  try {
    return Object.keys(JSON.parse(`{${members}}`) as object);
  } catch {
    return undefined;
  }
}
