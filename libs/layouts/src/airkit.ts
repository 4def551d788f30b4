import { airkitColumns } from './airkit-fields.ts';
import { datedKey } from './dated-key.ts';
import type { Layout } from './layout.ts';
import { ndjson, readEvents } from './read-events.ts';

/**
 * The layout of Airkit's audit stream: a flat record of 29 columns for a warehouse to load. docs/formats/airkit-layout.md is
 * its specification.
 */
export const airkit: Layout = {
  name: 'airkit',
  version: 1,
  contentType: 'application/gzip',
  compression: 'gzip',
  parts: ['events'],
  keyOf: (object) => datedKey(object, 'json.gz'),
  read: (lines) => readEvents(lines, airkitColumns, ndjson),
};
