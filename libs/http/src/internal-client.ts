import { AuditoriumError } from '@auditorium/events';

export interface InternalClient {
  /** GET `path`; undefined where the answer is 404. */
  get<T>(path: string): Promise<T | undefined>;
  /** POST `body` as JSON. Calls are tried once: the caller knows whether a repeat is harmless. */
  post<T>(path: string, body: unknown): Promise<T>;
}

/**
 * Calls internal HTTP of another of our services with our own token.
 * @throws AuditoriumError `upstream-unavailable`, retryable unless the other side refused the request itself.
 */
export function createInternalClient(options: {
  readonly baseUrl: string;
  readonly token: () => Promise<string>;
  readonly timeoutMs?: number;
}): InternalClient {
  const call = async (path: string, init: { method: string; body?: string }): Promise<Response> => {
    const headers = {
      authorization: `Bearer ${await options.token()}`,
      'content-type': 'application/json',
    };
    const url = new URL(path, options.baseUrl);
    try {
      return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(options.timeoutMs ?? 5_000) });
    } catch (cause) {
      throw new AuditoriumError('upstream-unavailable', `${url.host} did not answer`, {
        cause,
        retryable: true,
      });
    }
  };
  return {
    async get<T>(path: string) {
      const response = await call(path, { method: 'GET' });
      return response.status === 404 ? undefined : bodyOf<T>(response);
    },
    async post<T>(path: string, body: unknown) {
      return bodyOf<T>(await call(path, { method: 'POST', body: JSON.stringify(body) }));
    },
  };
}

async function bodyOf<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const retryable = response.status >= 500 || response.status === 429;
  const message = `${new URL(response.url).host} answered ${String(response.status)}`;
  throw new AuditoriumError('upstream-unavailable', message, {
    retryable,
    facts: { status: response.status },
  });
}
