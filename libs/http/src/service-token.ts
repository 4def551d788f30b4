import { AuditoriumError } from '@auditorium/events';

export interface ServiceTokenOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audience: string;
}

const TIMEOUT_MS = 5_000;

/**
 * A source of our own access tokens (client credentials), one request for all callers, renewed when nine tenths of its
 * life are over.
 * @throws AuditoriumError from each call: `upstream-unavailable` (retryable), or `unauthenticated` when the issuer
 * refuses the credentials.
 */
export function serviceToken(options: ServiceTokenOptions): () => Promise<string> {
  let held: { token: string; renewAt: number } | undefined;
  let asking: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    const { access_token: token, expires_in: seconds } = await requestToken(options);
    held = { token, renewAt: Date.now() + seconds * 900 };
    return token;
  };
  return () => {
    if (held !== undefined && Date.now() < held.renewAt) return Promise.resolve(held.token);
    return (asking ??= ask().finally(() => (asking = undefined)));
  };
}

async function requestToken(
  options: ServiceTokenOptions,
): Promise<{ access_token: string; expires_in: number }> {
  const response = await post(await tokenEndpoint(options.issuer), options);
  if (!response.ok) {
    const refused = response.status === 400 || response.status === 401;
    const message = `the identity provider answered ${String(response.status)} to our credentials`;
    throw new AuditoriumError(refused ? 'unauthenticated' : 'upstream-unavailable', message, {
      retryable: !refused,
    });
  }
  const { access_token, expires_in } = (await response.json()) as {
    access_token: string;
    expires_in?: number;
  };
  return { access_token, expires_in: expires_in ?? 60 };
}

async function tokenEndpoint(issuer: string): Promise<string> {
  const response = await reach(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  return ((await response.json()) as { token_endpoint: string }).token_endpoint;
}

function post(
  endpoint: string,
  { clientId, clientSecret, audience }: ServiceTokenOptions,
): Promise<Response> {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
    'base64',
  );
  return reach(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', audience }),
  });
}

async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new AuditoriumError('upstream-unavailable', 'the identity provider cannot be reached', {
      cause,
      retryable: true,
    });
  }
}
