/** The people, organisations and clients of the demo. Subjects of tokens are the user ids. */
export const DEMO_PASSWORD = 'auditorium-demo';

/** Somebody who can sign in, and what they are there to show. */
export interface DemoUser {
  user: string;
  email: string;
  name: string;
  role: string;
}

/** Everybody's password is {@link DEMO_PASSWORD}. */
export const DEMO_USERS: readonly DemoUser[] = [
  { user: 'u_ada', email: 'ada@acme.example', name: 'Ada Marsh', role: 'admin of Acme' },
  { user: 'u_aud', email: 'aud@acme.example', name: 'Audrey Finch', role: 'auditor of Acme' },
  {
    user: 'u_mel',
    email: 'mel@acme.example',
    name: 'Mel Okoye',
    role: 'member of Acme, may not read its log',
  },
  { user: 'u_gil', email: 'gil@globex.example', name: 'Gil Ortega', role: 'admin of Globex' },
  { user: 'u_ola', email: 'ola@nowhere.example', name: 'Ola Berg', role: 'outsider, member of nothing' },
];

/** A customer of the demo, with its account in the stand-in for AWS. */
export interface DemoOrg {
  id: string;
  slug: string;
  name: string;
  plan: string;
  /** User ids of its members: the first is admin, the second auditor. */
  people: readonly string[];
  account: string;
  bucket: string;
}

export const DEMO_ORGS: readonly DemoOrg[] = [
  {
    id: 'org_acme',
    slug: 'acme',
    name: 'Acme',
    plan: 'enterprise',
    people: ['u_ada', 'u_aud', 'u_mel'],
    account: '200000000001',
    bucket: 'acme-auditorium-audit-events',
  },
  {
    id: 'org_globex',
    slug: 'globex',
    name: 'Globex',
    plan: 'enterprise',
    people: ['u_gil'],
    account: '200000000002',
    bucket: 'globex-auditorium-audit-events',
  },
];

/** Ids of the OpenID clients. The service's and the CLI's own tokens have these ids as subjects. */
export const CLIENTS = {
  console: 'auditorium-console',
  service: 'auditorium-service',
  cli: 'auditorium-cli',
  /** For people who log in from a terminal: public, by device code. */
  cliLogin: 'auditorium-cli-login',
} as const;
