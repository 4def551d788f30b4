/** What an import did, counted. */
export interface ImportReport {
  /** Records, readable or not. */
  read: number;
  /** Events handed to Kafka and acknowledged, or about to be. */
  emitted: number;
  /** Records, or single events of a record, from which none was made: how many for each reason, and where the first was. */
  readonly skipped: Map<string, { count: number; readonly first: string }>;
  /** What the source did not tell or we had no place for, counted. The record itself is kept whole. */
  readonly notes: Map<string, number>;
}

/** A report of nothing yet. */
export function emptyReport(): ImportReport {
  return { read: 0, emitted: 0, skipped: new Map(), notes: new Map() };
}

/** Counts something skipped. */
export function skip(report: ImportReport, reason: string, where: string): void {
  const known = report.skipped.get(reason);
  if (known === undefined) report.skipped.set(reason, { count: 1, first: where });
  else known.count += 1;
}

/** Counts a note. */
export function note(report: ImportReport, text: string): void {
  report.notes.set(text, (report.notes.get(text) ?? 0) + 1);
}

/** How many were skipped, for all reasons. */
export function skippedIn(report: ImportReport): number {
  return [...report.skipped.values()].reduce((sum, { count }) => sum + count, 0);
}

/** Adds `more` to `total`; `place` says in which file. */
export function addReport(total: ImportReport, more: ImportReport, place: string): void {
  total.read += more.read;
  total.emitted += more.emitted;
  for (const [reason, { count, first }] of more.skipped) {
    const known = total.skipped.get(reason);
    if (known === undefined) total.skipped.set(reason, { count, first: `${place}, ${first}` });
    else known.count += count;
  }
  for (const [text, count] of more.notes) total.notes.set(text, (total.notes.get(text) ?? 0) + count);
}
