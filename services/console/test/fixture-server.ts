import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggedEvent } from '../src/web/api/types.ts';
import {
  fixtureDestination,
  fixtureDestinations,
  fixtureHistory,
  fixtureWindows,
  ACCESS_DENIED,
  type FixtureDestination,
} from './fixture-destinations.ts';
import { fixtureEvents } from './fixture-events.ts';

/** An answer: a status and a body; problems are bodies with a `code`. */
interface Answer {
  status: number;
  body?: unknown;
}

interface FixtureOrg {
  id: string;
  slug: string;
  name: string;
  plan: string;
  events: LoggedEvent[];
  destinations: FixtureDestination[];
}

interface Membership {
  admin: boolean;
  permissions: string[];
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const problem = (status: number, code: string, detail: string, more = {}): Answer => ({
  status,
  body: { type: `urn:auditorium:problem:${code}`, title: code, status, code, detail, ...more },
});
const NOT_FOUND = problem(404, 'not-found', 'there is nothing here that you can see');

const DAY = 86_400_000;
/** The newest event of `globex`: long before any default window. */
export const GLOBEX_NEWEST = Date.parse('2022-08-16T09:12:44.000Z');

const MEMBERS: Record<string, Record<string, Membership>> = {
  u_ada: { org_acme: { admin: true, permissions: [] } },
  u_aud: { org_acme: { admin: false, permissions: ['LOG-MANAGEMENT'] } },
  u_mel: { org_acme: { admin: false, permissions: [] } },
  u_gil: { org_globex: { admin: true, permissions: [] } },
};

const NAMES: Record<string, { name: string; email: string }> = {
  u_ada: { name: 'Ada Marsh', email: 'ada@acme.example' },
  u_aud: { name: 'Audrey Finch', email: 'aud@acme.example' },
  u_mel: { name: 'Mel Okoye', email: 'mel@acme.example' },
  u_gil: { name: 'Gil Ortega', email: 'gil@globex.example' },
  u_ola: { name: 'Ola Berg', email: 'ola@nowhere.example' },
};

/** The public HTTP surface of directory, query and delivery, in memory; a test may change what it holds. */
export class FixtureServer {
  readonly orgs: FixtureOrg[];
  readonly members = structuredClone(MEMBERS);
  /** Paths (as prefixes) that answer 503 until removed. */
  readonly broken = new Set<string>();
  /** Subjects whose tokens are refused. */
  readonly refused = new Set<string>();
  readonly requests: string[] = [];
  testPasses = true;
  testWarnings: string[] = [];
  #server: Server | undefined;

  constructor(now = Date.now()) {
    this.orgs = [
      {
        id: 'org_acme',
        slug: 'acme',
        name: 'Acme',
        plan: 'enterprise',
        events: fixtureEvents('org_acme', 420, now, 7),
        destinations: fixtureDestinations(now),
      },
      {
        id: 'org_globex',
        slug: 'globex',
        name: 'Globex',
        plan: 'team',
        events: fixtureEvents('org_globex', 60, GLOBEX_NEWEST + 5_000, 11),
        destinations: [],
      },
    ];
    const newest = this.org('globex')!.events[0]!;
    newest.time = new Date(GLOBEX_NEWEST).toISOString();
  }

  org(address: string): FixtureOrg | undefined {
    return this.orgs.find((org) => org.slug === address || org.id === address);
  }

  async start(port = 0): Promise<string> {
    this.#server = createServer((request, response) => {
      void this.#respond(request).then(({ status, body }) => {
        const type = status >= 400 ? 'application/problem+json' : 'application/json';
        response
          .writeHead(status, { 'content-type': type })
          .end(body === undefined ? '' : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => void this.#server!.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
    });
  }

  async #respond(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://fixture');
    this.requests.push(`${request.method} ${request.url}`);
    if (url.pathname === '/openapi.json') return ok({ openapi: '3.1.0' });
    if ([...this.broken].some((path) => url.pathname.startsWith(path)))
      return problem(503, 'database-unavailable', 'The query service has lost its database.');
    const subject = subjectOf(request);
    if (subject === undefined || this.refused.has(subject))
      return problem(401, 'unauthenticated', 'the token is missing or no longer valid');
    return this.#route(request.method ?? 'GET', url, subject, await bodyOf(request));
  }

  #route(method: string, url: URL, subject: string, body: Record<string, string>): Answer {
    if (url.pathname === '/api/v1/me') return ok(this.#me(subject));
    const [address, part, id, verb] = url.pathname
      .replace('/api/v1/orgs/', '')
      .split('/')
      .map(decodeURIComponent);
    const org = this.org(address ?? '');
    const member = org && this.members[subject]?.[org.id];
    if (!org || !member) return NOT_FOUND;
    if (part === 'events') return this.#events(org, member, id, url.searchParams);
    if (part === 'members')
      return member.admin ? ok({ members: this.#memberList(org.id) }) : forbidden('ORG-ADMIN');
    const reads = member.admin || member.permissions.includes('LOG-MANAGEMENT');
    if (part === 'reconciliation') return reads ? ok(reconciliationOf(org)) : forbidden('LOG-MANAGEMENT');
    if (part === 'destinations') {
      if (method !== 'GET' && !member.admin) return forbidden('ORG-ADMIN');
      return reads ? this.#destinations(org, method, id, verb, body) : forbidden('LOG-MANAGEMENT');
    }
    return NOT_FOUND;
  }

  #me(subject: string) {
    const orgs = Object.entries(this.members[subject] ?? {}).map(([id, member]) => {
      const { slug, name, plan } = this.org(id)!;
      return { id, slug, name, plan, ...member };
    });
    return { subject, ...NAMES[subject], operator: false, orgs };
  }

  #memberList(org: string) {
    return Object.entries(this.members).flatMap(([user, orgs]) =>
      orgs[org]
        ? [
            {
              user,
              ...NAMES[user],
              ...orgs[org],
              groups: orgs[org].permissions.length > 0 ? ['Auditors'] : [],
              roles: orgs[org].permissions.length > 0 ? ['Auditor'] : [],
            },
          ]
        : [],
    );
  }

  #events(org: FixtureOrg, member: Membership, key: string | undefined, query: URLSearchParams): Answer {
    if (!member.admin && !member.permissions.includes('LOG-MANAGEMENT')) return forbidden('LOG-MANAGEMENT');
    if (key !== undefined) {
      const event = org.events.find((each) => each.key === key);
      return event ? ok({ ...event, ...proofOf(event) }) : NOT_FOUND;
    }
    const found = org.events.filter((event) => matches(event, query));
    const limit = Number(query.get('limit') ?? 50);
    const start = Number(query.get('cursor') ?? 0);
    const events = found.slice(start, start + limit);
    const next = start + limit < found.length ? String(start + limit) : null;
    return ok({
      events,
      next,
      previous: start > 0 ? String(Math.max(0, start - limit)) : null,
      ...(events.length === 0 && org.events[0] ? { newest: org.events[0].time } : {}),
    });
  }

  #destinations(
    org: FixtureOrg,
    method: string,
    id: string | undefined,
    verb: string | undefined,
    body: Record<string, string>,
  ): Answer {
    if (id === undefined) {
      if (method === 'GET') return ok({ destinations: org.destinations });
      if (org.destinations.some((each) => each.bucket === body['bucket']))
        return problem(409, 'conflict', 'Another destination already writes below this prefix.');
      const made = fixtureDestination(`dst_${org.destinations.length + 1}`, body['bucket']!, Date.now(), {
        ...body,
        state: 'pending',
        backlog: 0,
        lagSeconds: 0,
        lastSuccess: null,
      });
      org.destinations.push(made);
      return { status: 201, body: made };
    }
    const found = org.destinations.find((each) => each.id === id);
    if (!found) return NOT_FOUND;
    if (method === 'DELETE') {
      org.destinations.splice(org.destinations.indexOf(found), 1);
      return { status: 204 };
    }
    if (method === 'PATCH') return ok(Object.assign(found, body));
    if (verb === 'windows')
      return ok({ windows: found.state === 'pending' ? [] : fixtureWindows(Date.now()), next: null });
    if (verb === 'history') return ok({ history: fixtureHistory(found, Date.now()), next: null });
    if (verb === 'test')
      return ok(
        this.testPasses
          ? {
              ok: true,
              message: 'The test object was written.',
              key: `${found.prefix}auditorium-test.txt`,
              warnings: this.testWarnings,
            }
          : { ok: false, ...ACCESS_DENIED(Date.now()), warnings: [] },
      );
    if (verb === 'pause' || verb === 'resume') found.state = verb === 'pause' ? 'paused' : 'healthy';
    return ok(found);
  }
}

/** Every event is delivered or waits. */
function reconciliationOf(org: FixtureOrg) {
  const head = 18_400;
  return {
    org: org.id,
    at: new Date().toISOString(),
    addsUp: true,
    head,
    problems: [],
    equations: [],
    destinations: org.destinations.map(({ id, bucket, backlog }) => {
      const terms = {
        start: 0,
        delivered: head - backlog,
        pending: backlog,
        filtered: 0,
        quarantined: 0,
        expired: 0,
      };
      return { id, name: bucket, state: 'healthy', ...terms, addsUp: true };
    }),
  };
}

const forbidden = (missing: string) =>
  problem(403, 'forbidden', `this needs the permission ${missing}`, { missing });

function proofOf(event: LoggedEvent) {
  const offset = Number(event.key.split('-')[1]);
  if (Date.now() - Date.parse(event.time) < 30_000) return { segment: null, sequence: null, windows: [] };
  const day = event.time.slice(0, 10).replaceAll('-', '/');
  const first = offset - (offset % 53);
  return {
    segment: `partition-04/epoch-000007/${(offset * 7919).toString(36)}k2m9qx4c.seg`,
    sequence: offset,
    windows: [
      {
        destination: 'dst_1',
        window: `${first}-${first + 53}`,
        object: `audit/org_acme/${day}/${first}-${first + 52}-q8f3k1.ndjson.gz`,
        state: 'delivered',
      },
    ],
  };
}

function matches(event: LoggedEvent, query: URLSearchParams): boolean {
  const time = event.time;
  const from = query.get('from') ?? new Date(Date.now() - DAY).toISOString();
  const { actor, targets, outcome } = event.data;
  const like = (wanted: string | null, values: string[]) =>
    wanted === null ||
    values.some((value) => (wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted));
  return (
    time >= from &&
    time < (query.get('to') ?? '9') &&
    like(query.get('action'), [event.type]) &&
    like(query.get('actor'), [actor.id, `${actor.type}/${actor.id}`]) &&
    like(
      query.get('target'),
      targets.flatMap((target) => [target.id, `${target.type}/${target.id}`]),
    ) &&
    like(query.get('outcome'), [outcome]) &&
    JSON.stringify(event)
      .toLowerCase()
      .includes((query.get('text') ?? '').toLowerCase())
  );
}

/** Who the token says it is. Whether it may be believed is the services' business, and tested there. */
function subjectOf(request: IncomingMessage): string | undefined {
  const payload = /^Bearer [^.]+\.([^.]+)\./.exec(request.headers.authorization ?? '')?.[1];
  if (payload === undefined) return undefined;
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string }).sub;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>);
}
