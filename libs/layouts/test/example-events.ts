import type { NameOf, ObjectIdentity } from '../src/index.ts';

const event = (n: number, type: string, data: object, more: object = {}, added: object = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id: `0192f3c4-5b1e-7c55-9d43-0a4f6c1b7e${String(n).padStart(2, '0')}`,
    source: 'https://shop.example/projects',
    type,
    time: `2026-11-21T09:00:0${n % 10}.120Z`,
    orgid: 'org_acme',
    ...more,
    data,
    acceptedtime: '2026-11-21T09:00:09.042Z',
    orgname: 'Acme',
    orgslug: 'acme',
    ...added,
  });

const ADA = { type: 'user', id: 'u_ada' };
const KEY = { type: 'api-key', id: 'k_ci' };
const browser = { ip: '192.0.2.1', userAgent: 'Mozilla/5.0 (X11; Linux)', requestId: 'r_1', traceId: 't_1' };
const known = { actorversion: 3, actorroles: ['Admin'] };

/** An event of WEKA's S3 interface, as somebody sends it on; its credentials should not have left the producer. */
export const S3_EVENT = {
  api: {
    bucket: 'backups',
    name: 'PutObject',
    object: 'db/2026.dump',
    status: 'OK',
    statusCode: 200,
    timeToResponse: '10531825ns',
  },
  auditVersion: '1.weka',
  deploymentid: '079f7a1f-be3b-44c8-b36f-4484fe1ae4b2',
  remotehost: '192.0.2.14',
  requestHeader: { AUTHORIZATION: 'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE', 'Content-Type': 'image/jpeg' },
  requestID: '1773CE9A70A978BB',
  responseHeader: { 'Content-Length': '0', ETag: '5d64dcd326aa93f6542e27f757ec8146' },
  time: '2026-11-21T09:00:06.915055685Z',
  userAgent: 'aws-sdk-go/1.44.235',
  wekaInfo: { clusterGUID: 'b28b4f9b-5d62-4c0b-97ef-6a72037930e7', clusterName: 'DAD08-B' },
};

/** One of each kind that some layout treats in its own way. */
export const EXAMPLES: readonly string[] = [
  event(
    1,
    'project.renamed',
    {
      actor: ADA,
      targets: [{ type: 'project', id: 'p_7', name: 'Apollo' }],
      outcome: 'success',
      context: browser,
      before: { name: 'Artemis' },
      after: { name: 'Apollo' },
    },
    { subject: 'project/p_7' },
    known,
  ),
  event(2, 'session.started', { actor: ADA, targets: [], outcome: 'denied', metadata: { method: 'saml' } }),
  event(
    3,
    'group.role-granted',
    {
      actor: ADA,
      targets: [
        { type: 'group', id: 'g_1', name: 'Auditors' },
        { type: 'role', id: 'r_log', name: 'LOG-MANAGEMENT' },
      ],
      outcome: 'success',
    },
    {},
    known,
  ),
  event(4, 'member.admin-granted', {
    actor: { type: 'operator', id: 'op_1' },
    targets: [{ type: 'user', id: 'u_bob' }],
    outcome: 'success',
  }),
  event(5, 'api-key.created', {
    actor: KEY,
    targets: [{ type: 'api-key', id: 'k_2', name: 'deploy' }],
    outcome: 'success',
    context: { userAgent: 'auditorium-cli/1.0' },
    after: 12,
  }),
  event(6, 's3.object.put', {
    actor: { type: 'service', id: 'backup' },
    targets: [{ type: 's3-object', id: 'backups/db/2026.dump' }],
    outcome: 'success',
    metadata: { record: S3_EVENT, event: 0 },
  }),
  event(
    7,
    'destination.created',
    { actor: ADA, targets: [{ type: 'destination', id: 'd_1', name: 'Lake' }], outcome: 'failure' },
    { id: 'not a uuid', time: '2026-11-22T00:30:00+01:00' },
  ),
  event(8, 'project.measured', { actor: KEY, targets: [], outcome: 'success' }).replace(
    '"outcome":"success"}',
    '"outcome":"success","metadata":{"big":12345678901234567890,"exact":1.10}}',
  ),
];

export const EXAMPLE_LINES: Buffer = Buffer.from(EXAMPLES.map((line) => `${line}\n`).join(''));

/** Ada is known, Bob has been erased, the operator and the keys are not in the directory. */
export const NAMES: NameOf = ({ id }) => {
  if (id === 'u_ada') return { name: 'Ada Marsh', email: 'ada@acme.example' };
  return id === 'u_bob' ? { name: null, email: null } : undefined;
};

export const OBJECT: ObjectIdentity = {
  prefix: 'audit/',
  org: 'org_acme',
  region: 'eu-central-1',
  first: 41,
  last: 97,
  part: 'events',
  plannedAt: new Date('2026-11-21T23:59:59.042Z'),
  suffix: '4f1c0a9be2',
};
