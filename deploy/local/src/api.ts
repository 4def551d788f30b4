import type { ClientSecret } from './identity.ts';
import { setupError } from './setup-error.ts';

/** Calls our HTTP interfaces as the CLI's client, who is an operator. */
export interface Api {
  /** @returns the body of a 2xx, or undefined for a status in `but`. @throws for everything else */
  call<T>(method: string, path: string, body?: unknown, but?: readonly number[]): Promise<T | undefined>;
}

/** Signs in with client credentials; `origin` is one service or the console's. */
export async function signIn(issuer: string, client: ClientSecret): Promise<string> {
  const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined)
    throw setupError(`The identity provider refused ${client.clientId} (${response.status}).`);
  return token;
}

export const apiOf = (origin: string, token: string): Api => ({
  call: async <T>(method: string, path: string, body?: unknown, but: readonly number[] = []) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    if (but.includes(response.status)) return undefined;
    throw setupError(
      `${method} ${origin}${path} was answered with ${response.status}: ${text.slice(0, 500)}`,
    );
  },
});
