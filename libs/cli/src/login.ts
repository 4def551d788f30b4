import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuditoriumError } from '@auditorium/events';
import * as oidc from 'openid-client';
import { z } from 'zod';

const loginSchema = z.object({
  origin: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
  kafkaBrokers: z.array(z.string()).optional(),
  topicPrefix: z.string().optional(),
});

/** What `auditorium login` keeps. */
export type Login = z.infer<typeof loginSchema>;

/** Renewed this long before it ends, so that none expires on its way. */
const EARLY_MS = 30_000;
const SCOPE = 'openid profile email offline_access';

/** Where the login is kept: below the home folder, for its owner alone. */
export function loginFile(home: string): string {
  return join(home, '.config', 'auditorium', 'login.json');
}

/** The stored login, if it is for this address or none is asked for. */
export function readLogin(home: string, url: string | undefined): Login | undefined {
  let text: string;
  try {
    text = readFileSync(loginFile(home), 'utf8');
  } catch {
    return undefined;
  }
  const login = loginSchema.safeParse(JSON.parse(text));
  if (!login.success) return undefined;
  return url === undefined || url.replace(/\/$/, '') === login.data.origin ? login.data : undefined;
}

/** Keeps a login; readable by its owner alone from its first byte on. */
export function writeLogin(home: string, login: Login): void {
  const file = loginFile(home);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  // The mode above holds only for a new file.
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

/** Forgets the login. */
export function removeLogin(home: string): void {
  rmSync(loginFile(home), { force: true });
}

/** What the person at the terminal must do. */
export interface DevicePrompt {
  readonly url: string;
  readonly code: string;
}

/** Logs a person in by device code: they confirm in any browser, the terminal waits. */
export async function logIn(
  wanted: {
    origin: string;
    issuer?: string;
    clientId: string;
    kafkaBrokers?: string[];
    topicPrefix?: string;
  },
  prompt: (device: DevicePrompt) => void,
): Promise<Login> {
  const issuer = wanted.issuer ?? (await issuerOf(wanted.origin));
  const { origin, clientId, kafkaBrokers, topicPrefix } = wanted;
  const tokens = await deviceTokens(issuer, clientId, prompt);
  return { origin, issuer, clientId, kafkaBrokers, topicPrefix, ...kept(tokens) };
}

async function deviceTokens(
  issuer: string,
  clientId: string,
  prompt: (device: DevicePrompt) => void,
): Promise<oidc.TokenEndpointResponse> {
  try {
    const provider = await discover(issuer, clientId);
    const device = await oidc.initiateDeviceAuthorization(provider, { scope: SCOPE });
    prompt({ url: device.verification_uri_complete ?? device.verification_uri, code: device.user_code });
    return await oidc.pollDeviceAuthorizationGrant(provider, device);
  } catch (cause) {
    const message = `${issuer} did not log you in; if the code has ended, run the command again`;
    throw new AuditoriumError('unauthenticated', message, { cause });
  }
}

/** Gives the login's access token, renewed when it is about to end. */
export function loginToken(home: string, login: Login): () => Promise<string> {
  let current = login;
  return async () => {
    if (Date.now() > current.expiresAt - EARLY_MS) {
      current = await renewed(current);
      writeLogin(home, current);
    }
    return current.accessToken;
  };
}

async function renewed(login: Login): Promise<Login> {
  const again = `the login at ${login.origin} has ended: run \`auditorium login --url ${login.origin}\``;
  if (login.refreshToken === undefined) throw new AuditoriumError('unauthenticated', again);
  try {
    const provider = await discover(login.issuer, login.clientId);
    const tokens = await oidc.refreshTokenGrant(provider, login.refreshToken);
    return { ...login, ...kept(tokens) };
  } catch (cause) {
    throw new AuditoriumError('unauthenticated', again, { cause });
  }
}

function kept(tokens: oidc.TokenEndpointResponse): Pick<Login, 'accessToken' | 'refreshToken' | 'expiresAt'> {
  const expiresAt = Date.now() + (tokens.expires_in ?? 300) * 1000;
  // A provider that does not rotate refresh tokens answers without one, and the old one stays good.
  return {
    accessToken: tokens.access_token,
    expiresAt,
    ...(tokens.refresh_token !== undefined && { refreshToken: tokens.refresh_token }),
  };
}

async function discover(issuer: string, clientId: string): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  const isLocal = url.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const options = isLocal ? { execute: [oidc.allowInsecureRequests] } : {};
  return oidc.discovery(url, clientId, undefined, oidc.None(), options);
}

/** The console says publicly who signs people in. */
async function issuerOf(origin: string): Promise<string> {
  const hint = 'give --issuer if it does not say who signs people in';
  try {
    const response = await fetch(`${origin}/config.json`, { signal: AbortSignal.timeout(10_000) });
    return z.object({ issuer: z.string() }).parse(await response.json()).issuer;
  } catch (cause) {
    throw new AuditoriumError('upstream-unavailable', `${origin} does not answer as Auditorium; ${hint}`, {
      cause,
    });
  }
}
