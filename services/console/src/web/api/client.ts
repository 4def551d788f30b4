import { Problem, problemOf, unreachable } from './problem.ts';

/** Gives the access token to send; `renew` asks for a new one after the server refused the last. */
export interface TokenSource {
  token(): Promise<string | null>;
  renew(): Promise<string | null>;
  /** Called once no token can be had any more: the session is over. */
  ended(): void;
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** Calls the one origin the console knows. A 401 is tried once more with a renewed token before the session counts as ended. */
export function createApi(tokens: TokenSource): Api {
  const call = async (path: string, init: RequestInit, token: string | null): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json');
    if (token) headers.set('authorization', `Bearer ${token}`);
    try {
      return await fetch(path, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw unreachable();
    }
  };
  const request = async <T>(path: string, init: RequestInit): Promise<T> => {
    let response = await call(path, init, await tokens.token());
    if (response.status === 401) {
      const renewed = await tokens.renew();
      if (renewed) response = await call(path, init, renewed);
    }
    if (response.status === 401) tokens.ended();
    if (!response.ok) throw await problemOf(response);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: (path, signal) => request(path, signal ? { signal } : {}),
    send: (method, path, body) =>
      request(path, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
  };
}

export function isProblem(error: unknown, status?: number): error is Problem {
  return error instanceof Problem && (status === undefined || error.status === status);
}
