import { isUtf8 } from 'node:buffer';
import { compactJson } from './compact-json.ts';
import { JsonSplitter } from './json-splitter.ts';
import { splitLines } from './split-lines.ts';
import type { ReadRecord } from './source-record.ts';

/** Larger records cannot become events, not even one by one; they are skipped without being held. */
export const MAX_RECORD_BYTES = 4_194_304;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads the records of a JSON file in any of its usual shapes: one record a line, an array, or an object that holds the
 * array under one of the `containers`' names. Holds one record in memory. A record that cannot be read does not end the
 * reading; in files of lines it never affects its neighbours.
 */
export async function* readJsonRecords(
  chunks: AsyncIterable<Buffer>,
  containers: readonly string[],
): AsyncGenerator<ReadRecord> {
  const { head, rest } = await firstLine(chunks);
  if (isRecordLine(head, containers)) yield* readLines(rest);
  else yield* readStructure(rest, containers);
}

/** Looks at the first line with something in it, and gives all chunks back. */
async function firstLine(
  chunks: AsyncIterable<Buffer>,
): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let seen = Buffer.alloc(0);
  let done = false;
  while (!done && seen.length < MAX_RECORD_BYTES && lineIn(seen) === undefined) {
    const next = await iterator.next();
    done = next.done === true;
    if (!next.done) seen = Buffer.concat([seen, next.value]);
  }
  if (seen.subarray(0, 3).equals(BOM)) seen = seen.subarray(3);
  return { head: lineIn(seen) ?? seen, rest: continued(seen, iterator) };
}

function lineIn(bytes: Buffer): Buffer | undefined {
  const start = bytes.findIndex((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  const end = start < 0 ? -1 : bytes.indexOf(0x0a, start);
  return end < 0 ? undefined : bytes.subarray(start, end);
}

async function* continued(seen: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield seen;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

function isRecordLine(head: Buffer, containers: readonly string[]): boolean {
  try {
    const value: unknown = JSON.parse(head.toString());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return !containers.some((name) => Array.isArray((value as Record<string, unknown>)[name]));
  } catch {
    return false;
  }
}

async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadRecord> {
  let index = 0;
  for await (const { bytes, number } of splitLines(chunks, MAX_RECORD_BYTES)) {
    yield recordOf(bytes, index, `line ${number}`);
    index += 1;
  }
}

async function* readStructure(
  chunks: AsyncIterable<Buffer>,
  containers: readonly string[],
): AsyncGenerator<ReadRecord> {
  const splitter = new JsonSplitter(containers, MAX_RECORD_BYTES);
  let index = 0;
  for await (const chunk of chunks) {
    for (const { bytes, at } of splitter.push(chunk)) {
      yield recordOf(bytes, index, `byte ${at}`);
      index += 1;
    }
  }
  for (const { bytes, at } of splitter.end()) {
    yield recordOf(bytes, index, `byte ${at}`);
    index += 1;
  }
  if (splitter.isOpen)
    yield { index, where: 'the end', reason: 'the file ends in the middle of a record or list' };
  for (const name of splitter.besides) {
    yield {
      index,
      where: `member "${name}"`,
      reason: `stands beside the records and belongs to none of them`,
      besides: true,
    };
  }
}

function recordOf(bytes: Buffer | undefined, index: number, where: string): ReadRecord {
  if (bytes === undefined) return { index, where, reason: `larger than ${MAX_RECORD_BYTES} bytes` };
  if (!isUtf8(bytes)) return { index, where, reason: 'not UTF-8' };
  const text = bytes.toString();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { index, where, reason: 'not a JSON object' };
    }
    return { index, where, text: compactJson(text), value: value as Record<string, unknown>, notes: [] };
  } catch {
    return { index, where, reason: 'not JSON' };
  }
}
