const trust = (externalId: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::100000000000:root' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': externalId } },
    },
  ],
});

const permission = (bucket: string, prefix: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/${prefix}*` }],
});

/** A destination as the delivery service shows it. */
export function fixtureDestination(
  id: string,
  bucket: string,
  now: number,
  more: Record<string, unknown> = {},
) {
  const prefix = 'audit/';
  const externalId = `aud-${id}-7Qm2xK9vTfRw`;
  return {
    id,
    name: bucket,
    bucket,
    prefix,
    region: 'eu-central-1',
    roleArn: 'arn:aws:iam::200000000001:role/audit-events-writer',
    externalId,
    layout: 'auditorium',
    windowSeconds: 300,
    state: 'healthy',
    backlog: 38,
    lagSeconds: 212,
    lastSuccess: new Date(now - 96_000).toISOString(),
    lastError: null as unknown,
    nextRetry: null as string | null,
    nextWindow: new Date(now + 204_000).toISOString() as string | null,
    createdAt: new Date(now - 40 * 86_400_000).toISOString(),
    trustPolicy: trust(externalId),
    permissionPolicy: permission(bucket, prefix),
    ...more,
  };
}

export type FixtureDestination = ReturnType<typeof fixtureDestination>;

export const ACCESS_DENIED = (now: number) => ({
  at: new Date(now - 41_000).toISOString(),
  code: 's3-access-denied',
  step: 'PutObject',
  message: 'The role may not put objects into this bucket: AccessDenied.',
  fix: 'Attach the permission policy below to the role, for exactly this bucket and prefix.',
  requestId: '4442587FB7D0A2F9',
});

export function fixtureDestinations(now: number): FixtureDestination[] {
  return [
    fixtureDestination('dst_1', 'acme-auditorium-audit-events', now),
    fixtureDestination('dst_2', 'acme-security-lake', now, {
      state: 'failing',
      backlog: 1_204,
      lagSeconds: 5_460,
      lastSuccess: new Date(now - 5_460_000).toISOString(),
      lastError: ACCESS_DENIED(now),
      nextRetry: new Date(now + 279_000).toISOString(),
      nextWindow: null,
    }),
    fixtureDestination('dst_3', 'acme-archive-cold', now, {
      state: 'paused',
      backlog: 412,
      lagSeconds: 86_400,
      prefix: '',
    }),
  ];
}

export function fixtureWindows(now: number) {
  return Array.from({ length: 6 }, (_, index) => {
    const to = 18_362 - index * 53;
    const at = now - 96_000 - index * 300_000;
    const stamp = new Date(at).toISOString().slice(0, 10).replaceAll('-', '/');
    return {
      id: `w_${900 - index}`,
      from: to - 52,
      to,
      state: 'delivered',
      plannedAt: new Date(at - 900).toISOString(),
      deliveredAt: new Date(at).toISOString(),
      objects: [
        {
          key: `audit/org_acme/${stamp}/${to - 52}-${to}-q8f3k1.ndjson.gz`,
          events: 53,
          bytes: 11_840 + index * 311,
          state: 'delivered',
        },
      ],
    };
  });
}

/** What happened to a destination, newest first. */
export function fixtureHistory({ state, lastError }: FixtureDestination, now: number) {
  const at = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const created = [
    { version: 2, type: 'tested', data: { failure: null }, at: at(57_000), by: 'u_ada' },
    { version: 1, type: 'created', data: {}, at: at(57_600), by: 'u_ada' },
  ];
  if (state === 'pending') return created.slice(1);
  const recovered = { version: 3, type: 'recovered', data: {}, at: at(56_990), by: null };
  if (state !== 'failing') return [recovered, ...created];
  return [
    { version: 4, type: 'failed', data: { failure: lastError }, at: at(91), by: null },
    recovered,
    ...created,
  ];
}
