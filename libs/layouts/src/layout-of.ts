import { AuditoriumError } from '@auditorium/events';
import { airkitEvents } from './airkit-events.ts';
import { airkit } from './airkit.ts';
import { auditorium } from './auditorium.ts';
import type { Layout } from './layout.ts';
import { ocsfParquet } from './ocsf-parquet.ts';
import { wekaS3 } from './weka-s3.ts';
import { wiremock } from './wiremock.ts';
import { wiv } from './wiv.ts';

/** Every layout in every version that a plan may name. A version is never taken out while a plan of it may be sent. */
const LAYOUTS: readonly Layout[] = [auditorium, wiremock, wiv, airkit, airkitEvents, wekaS3, ocsfParquet];

/** What a destination may ask for; the first is what it gets when it does not. */
export const LAYOUT_NAMES = [
  'auditorium',
  'wiremock',
  'wiv',
  'airkit',
  'airkit-events',
  'weka-s3',
  'ocsf-parquet',
] as const;

export type LayoutName = (typeof LAYOUT_NAMES)[number];

/**
 * A layout by name; its newest version unless one is given.
 * @throws AuditoriumError `layout-unknown`
 */
export function layoutOf(name: string, version?: number): Layout {
  const versions = LAYOUTS.filter(
    (layout) => layout.name === name && (version ?? layout.version) === layout.version,
  );
  const newest = versions.toSorted((a, b) => b.version - a.version)[0];
  if (newest !== undefined) return newest;
  throw new AuditoriumError(
    'layout-unknown',
    `no layout "${name}"${version === undefined ? '' : ` version ${version}`}`,
  );
}
