/** The services that answer behind the console's origin. */
export type Upstream = 'directory' | 'query' | 'delivery' | 'enrichment';

export interface Forward {
  upstream: Upstream;
  /** The path to ask for there; the query string stays as it is. */
  path: string;
}

/** What of an org's own paths is not the directory's. */
const PARTS: Readonly<Record<string, Upstream>> = {
  events: 'query',
  destinations: 'delivery',
  reconciliation: 'delivery',
};

const DIRECTORY_PARTS = new Set(['plan', 'members', 'groups', 'roles', 'actors']);
const ORG_PATH = /^\/api\/v1\/orgs(?:\/[^/]+(?:\/([a-z]+)(?:\/.*)?)?)?$/;
/** Who knows of which partitions that stand still; what is decided about them is enrichment's. */
const GAPS: Readonly<Record<string, Upstream>> = { ledger: 'delivery', view: 'query' };
const GAPS_PATH = /^\/api\/v1\/gaps\/([a-z]+|\d+\/(?:refill|accept))$/;
const OPENAPI_PATH = /^\/openapi\/(directory|query|delivery|enrichment)\.json$/;

/**
 * Who answers a public path; undefined where nobody does. It is a list of what is public: a path that is not named here
 * (`/internal` above all) cannot be reached from outside, whatever a service adds.
 */
export function upstreamOf(path: string): Forward | undefined {
  if (isDevious(path)) return undefined;
  if (path === '/api/v1/me') return { upstream: 'directory', path };
  if (/^\/api\/v1\/quarantine(\/|$)/.test(path)) return { upstream: 'query', path };
  const gaps = GAPS_PATH.exec(path)?.[1];
  if (gaps !== undefined) return { upstream: GAPS[gaps] ?? 'enrichment', path };
  const description = OPENAPI_PATH.exec(path)?.[1] as Upstream | undefined;
  if (description) return { upstream: description, path: '/openapi.json' };
  const org = ORG_PATH.exec(path);
  if (!org) return undefined;
  const part = org[1];
  if (part === undefined || DIRECTORY_PARTS.has(part)) return { upstream: 'directory', path };
  const upstream = PARTS[part];
  return upstream && { upstream, path };
}

/** Steps upward and hidden slashes could mean one path here and another one to the service behind. */
function isDevious(path: string): boolean {
  return /(^|\/)\.{1,2}(\/|$)|\/\/|\\|%2e|%2f|%5c|%00/i.test(path);
}
