import type { LoggedEvent, Outcome } from '../src/web/api/types.ts';

/** A small generator of numbers that gives the same sequence at each run, so that a test's page is always the same page. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Person {
  type: string;
  id: string;
  name: string | null;
  email: string | null;
  roles: string[];
  ip: string;
  agent: string;
}

const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

export const PEOPLE: Person[] = [
  {
    type: 'user',
    id: 'u_ada',
    name: 'Ada Marsh',
    email: 'ada@acme.example',
    roles: ['owner'],
    ip: '203.0.113.24',
    agent: CHROME,
  },
  {
    type: 'user',
    id: 'u_nils',
    name: 'Nils Bergström',
    email: 'nils@acme.example',
    roles: ['developer'],
    ip: '198.51.100.7',
    agent: FIREFOX,
  },
  {
    type: 'user',
    id: 'u_priya',
    name: 'Priya Raman',
    email: 'priya@acme.example',
    roles: ['developer', 'release'],
    ip: '203.0.113.91',
    agent: CHROME,
  },
  {
    type: 'user',
    id: 'u_tomas',
    name: 'Tomás Oliveira',
    email: 'tomas@acme.example',
    roles: ['support'],
    ip: '192.0.2.140',
    agent: CHROME,
  },
  {
    type: 'service',
    id: 'svc_deployer',
    name: 'Deployer',
    email: null,
    roles: ['release'],
    ip: '10.4.0.12',
    agent: 'deployer/4.2.0',
  },
  {
    type: 'api_key',
    id: 'key_9f27',
    name: 'CI key',
    email: null,
    roles: [],
    ip: '140.82.112.3',
    agent: 'curl/8.9.1',
  },
  {
    type: 'user',
    id: 'u_7c1d',
    name: null,
    email: null,
    roles: ['developer'],
    ip: '198.51.100.201',
    agent: FIREFOX,
  },
];

interface Kind {
  type: string;
  source: string;
  target: [type: string, id: string, name: string][];
  weight: number;
  outcome?: Outcome;
  before?: unknown;
  after?: unknown;
  metadata?: unknown;
}

const KINDS: Kind[] = [
  {
    type: 'component.deployed',
    source: 'acme/choreo',
    weight: 9,
    target: [['component', 'c_41', 'payments-api']],
    before: { image: 'payments-api:1.48.2', replicas: 3, environment: 'production' },
    after: { image: 'payments-api:1.49.0', replicas: 3, environment: 'production' },
    metadata: { pipeline: 'main', durationMs: 48_211, commit: '6f0c2ab' },
  },
  {
    type: 'project.renamed',
    source: 'acme/console',
    weight: 3,
    target: [['project', 'p_7', 'Atlas']],
    before: { name: 'Apollo', description: 'Checkout and payments', tags: ['core'] },
    after: { name: 'Atlas', description: 'Checkout and payments', tags: ['core'] },
  },
  {
    type: 'user.signed_in',
    source: 'acme/identity',
    weight: 12,
    target: [['session', 's_1', 'web session']],
    metadata: { method: 'sso', mfa: true },
  },
  {
    type: 'user.signed_in',
    source: 'acme/identity',
    weight: 2,
    outcome: 'denied',
    target: [['session', 's_2', 'web session']],
    metadata: { method: 'password', reason: 'second factor missing' },
  },
  {
    type: 'endpoint.updated',
    source: 'acme/gateway',
    weight: 5,
    target: [['endpoint', 'e_12', '/v2/orders']],
    before: { visibility: 'private', rateLimit: { requests: 100, per: 'minute' }, owner: { team: 'orders' } },
    after: {
      visibility: 'public',
      rateLimit: { requests: 600, per: 'minute' },
      owner: { team: 'orders' },
      documentation: 'https://docs.acme.example/orders',
    },
  },
  {
    type: 'role.granted',
    source: 'auditorium/directory',
    weight: 3,
    target: [
      ['user', 'u_priya', 'Priya Raman'],
      ['role', 'r_3', 'Release manager'],
    ],
    before: { roles: ['developer'] },
    after: { roles: ['developer', 'release'] },
  },
  {
    type: 'auto_deploy.enabled',
    source: 'acme/choreo',
    weight: 3,
    target: [['component', 'c_12', 'ledger-worker']],
    before: { autoDeploy: false },
    after: { autoDeploy: true },
  },
  {
    type: 'deployment.promoted',
    source: 'acme/choreo',
    weight: 4,
    outcome: 'failure',
    target: [['deployment', 'd_88', 'payments-api → production']],
    metadata: { error: 'health check did not pass in 120 s' },
  },
  {
    type: 'secret.rotated',
    source: 'acme/vault',
    weight: 4,
    target: [['secret', 'sec_4', 'stripe-webhook-signing']],
  },
  {
    type: 'member.invited',
    source: 'auditorium/directory',
    weight: 3,
    target: [['user', 'u_lee', 'Lee Hathaway']],
    after: { groups: ['Engineering'] },
  },
  {
    type: 'api_key.created',
    source: 'acme/console',
    weight: 2,
    target: [['api_key', 'key_9f27', 'CI key']],
    after: { scopes: ['deploy:write', 'logs:read'], expires: '2027-02-01' },
  },
  {
    type: 'integration.deleted',
    source: 'acme/console',
    weight: 2,
    target: [['integration', 'i_5', 'Slack: #releases']],
    before: { channel: '#releases', events: ['deployed', 'failed'] },
  },
  {
    type: 's3.GetObject',
    source: 'aws/cloudtrail',
    weight: 6,
    target: [['bucket', 'acme-exports', 'acme-exports']],
    metadata: {
      eventName: 'GetObject',
      awsRegion: 'eu-central-1',
      requestParameters: { bucketName: 'acme-exports', key: 'reports/2026-11.csv' },
    },
  },
  {
    type: 'log.exported',
    source: 'auditorium/query',
    weight: 1,
    target: [['org', 'org_acme', 'Acme']],
    metadata: { events: 12_481, format: 'ndjson' },
  },
];

const ALL_KINDS = KINDS.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

const hex = (random: () => number, length: number) =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');

/** One event; `index` is its raw offset. */
export function fixtureEvent(org: string, index: number, time: number, random: () => number): LoggedEvent {
  const kind = ALL_KINDS[Math.floor(random() * ALL_KINDS.length)]!;
  const person = PEOPLE[Math.floor(random() ** 1.4 * PEOPLE.length)]!;
  const { type, id, name, email, roles, ip, agent } = person;
  return {
    key: `4-${index}`,
    specversion: '1.0',
    id: `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
    source: kind.source,
    type: kind.type,
    time: new Date(time).toISOString(),
    subject: `${kind.target[0]![0]}/${kind.target[0]![1]}`,
    orgid: org,
    data: {
      actor: { type, id },
      targets: kind.target.map(([targetType, targetId, targetName]) => ({
        type: targetType,
        id: targetId,
        name: targetName,
      })),
      outcome: kind.outcome ?? 'success',
      context: { ip, userAgent: agent, requestId: `req_${hex(random, 12)}`, traceId: hex(random, 32) },
      ...(kind.before === undefined ? {} : { before: kind.before }),
      ...(kind.after === undefined ? {} : { after: kind.after }),
      ...(kind.metadata === undefined ? {} : { metadata: kind.metadata }),
    },
    acceptedtime: new Date(time + 140).toISOString(),
    orgname: 'Acme',
    orgslug: 'acme',
    actorversion: 3,
    actorroles: roles,
    actorname: name,
    actoremail: email,
    sentence: sentenceOf(name ?? id, kind),
  };
}

/** `count` events that end at `end`, closer together in the last hours; newest first. */
export function fixtureEvents(org: string, count: number, end: number, seed: number): LoggedEvent[] {
  const random = sequence(seed);
  let time = end;
  return Array.from({ length: count }, (_, index) => {
    time -= Math.round((4_000 + random() * 90_000) * (1 + index / 24));
    return fixtureEvent(org, 18_400 - index, time, random);
  });
}

/** As the query service composes it. */
function sentenceOf(actor: string, { type, target, outcome }: Kind): string {
  const verb = type.slice(type.lastIndexOf('.') + 1).replaceAll('_', ' ');
  const [first, second] = target.map(([targetType, , name]) => `${targetType.replaceAll('_', ' ')} ${name}`);
  const on = second === undefined ? first : `${first} and ${second}`;
  const said = /^[a-z ]+$/.test(verb) ? `${actor} ${verb} ${on}` : `${actor} did ${type} on ${on}`;
  return outcome === undefined ? said : `${said}: ${outcome}`;
}
