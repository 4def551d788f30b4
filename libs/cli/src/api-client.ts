import type { ErrorCode } from '@auditorium/events';
import { AuditoriumError, parseExact } from '@auditorium/events';
import type { Connection } from './connection.ts';

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The HTTP interfaces of Auditorium, all behind one origin. */
export interface ApiClient {
  readonly origin: string;
  /** @throws AuditoriumError with a sentence for the person at the terminal. */
  get<T>(path: string, query?: Query): Promise<T>;
  /** The same, but undefined when there is no such thing. */
  find<T>(path: string): Promise<T | undefined>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

const TIMEOUT_MS = 60_000;
/** Reading may be repeated; a service that is just being restarted is back within a few seconds. */
const READ_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 300;

/** Makes a client for a connection. */
export function createApiClient({ origin, token }: Pick<Connection, 'origin' | 'token'>): ApiClient {
  const call = async (method: string, path: string, query: Query = {}, body?: unknown): Promise<Response> =>
    request(`${origin}${path}${queryText(query)}`, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  return {
    origin,
    get: async <T>(path: string, query?: Query) => answer<T>(await repeated(() => call('GET', path, query))),
    find: async <T>(path: string) => {
      const response = await repeated(() => call('GET', path));
      return response.status === 404 ? undefined : answer<T>(response);
    },
    send: async <T>(method: string, path: string, body?: unknown) =>
      answer<T>(await call(method, path, {}, body)),
  };
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    const message = `${new URL(url).origin} does not answer: is it running (npm start)?`;
    throw new AuditoriumError('upstream-unavailable', message, { cause, retryable: true });
  }
}

async function repeated(call: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await call();
    const mayPass =
      response.status === 502 ||
      response.status === 503 ||
      response.status === 504 ||
      response.status === 429;
    if (!mayPass || attempt === READ_ATTEMPTS) return response;
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
  }
}

async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw failure(response.status, text);
  return (text === '' ? undefined : parseExact(text)) as T;
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
};
const HINTS: Readonly<Record<number, string>> = {
  401: ' Log in again with `auditorium login`.',
  404: ' Check --org and the id; what you may not see is not told either.',
};

function failure(status: number, text: string): AuditoriumError {
  const problem = problemOf(text);
  const said =
    [problem['detail'], problem['title']].find((each) => typeof each === 'string') ?? text.slice(0, 300);
  const missing =
    typeof problem['missing'] === 'string' ? ` You lack the permission ${problem['missing']}.` : '';
  const message = `${said} (${status}${typeof problem['code'] === 'string' ? `, ${problem['code']}` : ''})`;
  return new AuditoriumError(
    CODES[status] ?? 'upstream-unavailable',
    `${message}${missing}${HINTS[status] ?? ''}`,
    {
      retryable: status >= 500,
    },
  );
}

function problemOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
