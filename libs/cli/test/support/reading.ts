import { gunzipSync, gzipSync } from 'node:zlib';
import type { ImportFormat } from '../../src/importers/formats.ts';
import { IMPORT_FORMATS } from '../../src/importers/formats.ts';
import type { ReadRecord, SourceRecord } from '../../src/importers/source-record.ts';

export { gunzipSync, gzipSync };

/** The bytes in pieces of `size`. */
export async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything that a format reads of these bytes. */
export async function readAll(name: string, bytes: Buffer | string, size = 65_536): Promise<ReadRecord[]> {
  const all: ReadRecord[] = [];
  for await (const record of formatNamed(name).read(inPieces(Buffer.from(bytes), size))) all.push(record);
  return all;
}

export function formatNamed(name: string): ImportFormat {
  return IMPORT_FORMATS.find((format) => format.name === name)!;
}

/** The texts of what could be read. */
export const textsOf = (records: readonly ReadRecord[]): string[] =>
  records.filter(isReadable).map(({ text }) => text);

/** The reasons of what could not. */
export const reasonsOf = (records: readonly ReadRecord[]): string[] =>
  records.flatMap((record) => (isReadable(record) ? [] : [record.reason]));

export function isReadable(record: ReadRecord): record is SourceRecord {
  return 'text' in record;
}
