import { instantOf } from '@auditorium/events';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { attributeOfLine } from './attribute-of-line.ts';
import type { Layout, ObjectIdentity } from './layout.ts';
import { API_ACTIVITY, apiActivity } from './ocsf-api-activity.ts';
import { schemaOf } from './parquet-schema.ts';
import { readEvents } from './read-events.ts';
import { utcDay } from './utc-time.ts';

/**
 * OCSF in Parquet where Amazon Security Lake looks for the files of a custom source. docs/formats/ocsf-parquet-layout.md is
 * its specification.
 */
export const ocsfParquet: Layout = {
  name: 'ocsf-parquet',
  version: 1,
  contentType: 'application/vnd.apache.parquet',
  // Pages are compressed within the file.
  compression: 'none',
  parts: [],
  partOf,
  keyOf,
  read: (lines) => readEvents(lines, apiActivity, parquet),
};

/** The day on which it happened, `yyyymmdd` in UTC: whoever asks for a day reads that folder alone. */
function partOf(line: Buffer): string {
  for (const name of ['time', 'acceptedtime']) {
    const time = attributeOfLine(line, name);
    const at = time === undefined ? undefined : instantOf(time);
    if (at !== undefined) return utcDay(time as string, at).replaceAll('-', '');
  }
  return '19700101';
}

/** `external_` is how Security Lake tells an account that is not one of AWS. */
function keyOf({ prefix, org, region, first, last, part, suffix }: ObjectIdentity): string {
  const folder = `${prefix}region=${region}/accountId=external_${org}/eventDay=${part}/`;
  return `${folder}${first}-${last}-${suffix}.parquet`;
}

const SCHEMA = schemaOf(API_ACTIVITY);
/** More rows than an object has: it is one row group. */
const ROW_GROUP_ROWS = 1_000_000;

type Row = Readonly<Record<string, unknown>>;

/** Rows in the order of their time, as Security Lake asks for; those of the same millisecond as the ledger has them. */
function parquet(records: readonly Row[]): Buffer {
  const rows = records.toSorted((a, b) => Number((a['time'] as bigint) - (b['time'] as bigint)));
  const writer = new ByteWriter();
  void parquetWrite({
    writer,
    schema: SCHEMA,
    columnData: API_ACTIVITY.map(([{ name }]) => ({ name, data: rows.map((row) => row[name]) })),
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'auditorium ocsf-parquet version 1',
  });
  return Buffer.from(writer.getBytes());
}
