import { AuditoriumError } from '@auditorium/events';
import { z } from 'zod';

/** A machine's credentials with an OpenID Connect provider. */
export interface ClientCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The audience that Auditorium's services ask for. Default: `auditorium`. */
  readonly audience?: string;
}

const discoverySchema = z.object({ token_endpoint: z.url() });
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number().default(60) });
/** Renewed this long before it ends, so that none expires on its way. */
const EARLY_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** Gives access tokens by OAuth's client credentials grant, each kept until shortly before its end. */
export function clientCredentials(client: ClientCredentials): () => Promise<string> {
  let current: { token: Promise<string>; until: number } | undefined;
  return async () => {
    if (current !== undefined && Date.now() < current.until) return current.token;
    const fetched = fetchToken(client);
    const mine = { token: fetched.then(({ access_token }) => access_token), until: Date.now() + TIMEOUT_MS };
    current = mine;
    try {
      mine.until = Date.now() + (await fetched).expires_in * 1000 - EARLY_MS;
    } catch (error) {
      current = undefined;
      throw error;
    }
    return mine.token;
  };
}

async function fetchToken(client: ClientCredentials): Promise<z.infer<typeof tokenSchema>> {
  try {
    const discovery = await json(`${client.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { token_endpoint } = discoverySchema.parse(discovery);
    return tokenSchema.parse(await json(token_endpoint, tokenRequest(client)));
  } catch (cause) {
    const message = `No access token for ${client.clientId} from ${client.issuer}.`;
    throw new AuditoriumError('unauthenticated', message, { cause, retryable: true });
  }
}

function tokenRequest({ clientId, clientSecret, audience = 'auditorium' }: ClientCredentials): RequestInit {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
    'base64',
  );
  return {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', audience }).toString(),
  };
}

async function json(url: string, request: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok)
    throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response.json();
}
