import { AuditoriumError } from '@auditorium/events';

/** An actor as the product knows it. */
export interface IdentifiedActor {
  /** Id or slug of the org. */
  readonly org: string;
  /** `user` unless the product has other kinds of actors. */
  readonly type?: string;
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  /** Its roles in the product; they are part of each later event as `actorroles`. */
  readonly roles?: readonly string[];
}

/** How the directory is reached. */
export interface DirectoryAccess {
  /** The origin of the directory or of the console, which passes `/api` on. */
  readonly url: string;
  /** Gives an access token; see {@link clientCredentials}. Called for every request, so it should cache. */
  readonly token: () => Promise<string>;
}

/** The directory answers within milliseconds; beyond this it is away. */
const TIMEOUT_MS = 10_000;

/** Puts an actor into the directory. Doing it twice changes nothing. */
export async function identifyActor({ url, token }: DirectoryAccess, actor: IdentifiedActor): Promise<void> {
  const path = [actor.org, 'actors', actor.type ?? 'user', actor.id].map(encodeURIComponent).join('/');
  const { name, email, roles } = actor;
  const response = await answered(`${url}/api/v1/orgs/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, email, roles: roles ?? [] }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) await refuse(response);
}

async function answered(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (cause) {
    throw new AuditoriumError('upstream-unavailable', 'The directory does not answer.', {
      cause,
      retryable: true,
    });
  }
}

async function refuse(response: Response): Promise<never> {
  const body = await response.text();
  const retryable = response.status >= 500 || response.status === 429;
  throw new AuditoriumError(
    retryable ? 'upstream-unavailable' : 'invalid-request',
    `The directory refused the actor with ${response.status}: ${body.slice(0, 300)}`,
    { retryable },
  );
}
