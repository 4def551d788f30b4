import { mapCloudTrail } from './cloudtrail.ts';
import { mapGoogleWorkspace } from './google-workspace.ts';
import { readCsvRecords } from './read-csv-records.ts';
import { readJsonRecords } from './read-json-records.ts';
import { mapS3Access } from './s3-access.ts';
import type { ReadRecord, RecordMapping } from './source-record.ts';

/** A source that can be imported. */
export interface ImportFormat {
  /** Its name on the command line; part of the outbox's name, so it never changes. */
  readonly name: string;
  readonly title: string;
  readonly read: (chunks: AsyncIterable<Buffer>) => AsyncIterable<ReadRecord>;
  readonly map: RecordMapping;
}

/** Every source that can be imported. */
export const IMPORT_FORMATS: readonly ImportFormat[] = [
  {
    name: 'cloudtrail',
    title: 'AWS CloudTrail: {"Records": […]}, or one JSON record a line; plain or .gz',
    read: (chunks) => readJsonRecords(chunks, ['Records']),
    map: mapCloudTrail,
  },
  {
    name: 'google-workspace',
    title:
      'Google Workspace activities of the Reports API: {"items": […]} or {"activities": […]}, or one a line',
    read: (chunks) => readJsonRecords(chunks, ['items', 'activities']),
    map: mapGoogleWorkspace,
  },
  {
    name: 's3-access',
    title: 'alerts on access to an S3 bucket as CSV with a header',
    read: readCsvRecords,
    map: mapS3Access,
  },
];
