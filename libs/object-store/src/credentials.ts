/** Keys of a principal for as long as they hold. Static ones have no end. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

export interface CredentialsProvider {
  (): Promise<Credentials>;
  /** Throws away what is cached: the provider said that it is no longer good. */
  forget?(): void;
}

/** Renew when less than a quarter of the life is left, at most five minutes before the end. */
const EARLY_SHARE = 0.25;
const EARLY_AT_MOST_MS = 300_000;

/**
 * Keeps credentials until shortly before they end. Callers that come while they are being fetched share one fetch.
 * When a renewal fails while the old ones still hold, the old ones are given: an outage of STS shorter than the
 * margin is not noticed.
 */
export function cachedCredentials(
  fetch: () => Promise<Credentials>,
  now: () => number = Date.now,
): CredentialsProvider & { forget(): void } {
  let held: { credentials: Credentials; renewAt: number; endsAt: number } | undefined;
  let fetching: Promise<Credentials> | undefined;
  const renew = (): Promise<Credentials> => {
    fetching ??= fetch()
      .then((credentials) => {
        held = { credentials, ...lifeOf(credentials, now()) };
        return credentials;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  const provide = async (): Promise<Credentials> => {
    const before = held;
    if (before !== undefined && now() < before.renewAt) return before.credentials;
    if (before === undefined || now() >= before.endsAt) return renew();
    return renew().catch(() => before.credentials);
  };
  return Object.assign(provide, { forget: () => void (held = undefined) });
}

function lifeOf(credentials: Credentials, now: number): { renewAt: number; endsAt: number } {
  const endsAt = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
  if (!Number.isFinite(endsAt)) return { renewAt: endsAt, endsAt };
  return { renewAt: endsAt - Math.min(EARLY_AT_MOST_MS, (endsAt - now) * EARLY_SHARE), endsAt };
}
