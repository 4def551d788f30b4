const KEPT = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'JAVA_HOME',
  'USER',
  'TZ',
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
];

/**
 * The environment of a child: only what it needs. A developer's `AWS_*`, `KAFKA_*`, `PG*` or `NODE_OPTIONS` must
 * reach neither the stand-ins nor the services, or a demo would write to a real account.
 */
export function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const kept = KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...extra };
}
