import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { MAX_RECORD_BYTES } from './read-json-records.ts';
import type { ReadRecord } from './source-record.ts';

interface Row {
  readonly record: Buffer[];
  readonly info: { readonly lines: number };
}

/**
 * Reads the rows of a CSV file with a header. Every cell is kept: those beyond the header under `column 13`, those that
 * are no UTF-8 as `{"base64": …}`, columns of the same name numbered. Nothing in a cell is interpreted.
 */
export async function* readCsvRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadRecord> {
  const parser = Readable.from(chunks, { objectMode: false }).pipe(
    parse({
      bom: true,
      encoding: null,
      info: true,
      max_record_size: MAX_RECORD_BYTES,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }),
  );
  let header: string[] | undefined;
  let index = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      if (header === undefined) header = headerOf(record);
      else {
        yield recordOf(header, record, index, `line ${info.lines}`);
        index += 1;
      }
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield { index, where: 'the rest of the file', reason: `cannot be read as CSV: ${why}` };
  }
}

function headerOf(cells: readonly Buffer[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, place) => {
    const name = cell.toString().trim() || `column ${place + 1}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  });
}

function recordOf(
  header: readonly string[],
  cells: readonly Buffer[],
  index: number,
  where: string,
): ReadRecord {
  const notes: string[] = [];
  if (cells.length > header.length) notes.push('more cells than columns: kept as "column N"');
  if (cells.length < header.length) notes.push('fewer cells than columns');
  // Written member by member: in an object a column called __proto__ would vanish and "7" would move to the front.
  const members = cells.map((cell, place) => {
    const name = header[place] ?? `column ${place + 1}`;
    if (!isUtf8(cell)) notes.push('a cell is not UTF-8: kept as base64');
    return `${JSON.stringify(name)}:${isUtf8(cell) ? JSON.stringify(cell.toString()) : base64(cell)}`;
  });
  const text = `{${members.join(',')}}`;
  return { index, where, text, value: JSON.parse(text) as Record<string, unknown>, notes };
}

function base64(cell: Buffer): string {
  return JSON.stringify({ base64: cell.toString('base64') });
}
