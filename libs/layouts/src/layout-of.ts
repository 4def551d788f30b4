import { AuditoriumError } from '@auditorium/events';
import { auditorium } from './auditorium.ts';
import type { Layout } from './layout.ts';

/** Every layout in every version that a plan may name. A version is never taken out while a plan of it may be sent. */
const LAYOUTS: readonly Layout[] = [auditorium];

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
