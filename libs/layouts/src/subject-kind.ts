/** What an actor or target is, as far as its type tells. */
export type SubjectKind = 'person' | 'team' | 'org' | 'api-key' | 'role' | 'system' | 'other';

/** A map, because a type may be called `constructor`. */
const KINDS = new Map<string, SubjectKind>(
  Object.entries({
    user: 'person',
    member: 'person',
    person: 'person',
    operator: 'person',
    admin: 'person',
    'iam-user': 'person',
    root: 'person',
    group: 'team',
    team: 'team',
    org: 'org',
    organisation: 'org',
    organization: 'org',
    'api-key': 'api-key',
    api_key: 'api-key',
    key: 'api-key',
    token: 'api-key',
    'api-token': 'api-key',
    'api-client': 'api-key',
    'service-account': 'api-key',
    'assumed-role': 'api-key',
    role: 'role',
    system: 'system',
    service: 'system',
    'aws-service': 'system',
  } as const),
);

export function subjectKind(type: string): SubjectKind {
  return KINDS.get(type.toLowerCase()) ?? 'other';
}
