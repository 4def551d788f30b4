import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENTS, DEMO_PASSWORD, DEMO_USERS, type DemoUser } from './demo.ts';

/** What the provider keeps: tokens and sessions of before a restart stay good because the keys stay the same. */
export interface IdentitySecrets {
  key: Record<string, unknown>;
  cookieKeys: string[];
  serviceSecret: string;
  cliSecret: string;
}

/** What the provider's process is told, in one file. */
export interface IdentitySettings {
  port: number;
  /** Address to listen on. */
  host: string;
  issuer: string;
  audience: string;
  users: readonly DemoUser[];
  password: string;
  secrets: IdentitySecrets;
}

/** Reads the secrets of this folder, making them the first time. */
export function identitySecrets(dataDir: string, fresh: boolean): IdentitySecrets {
  const file = join(dataDir, 'secrets.json');
  if (fresh) rmSync(file, { force: true });
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as IdentitySecrets;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const random = (): string => randomBytes(24).toString('base64url');
  const secrets: IdentitySecrets = {
    key: { ...privateKey.export({ format: 'jwk' }), kid: random(), use: 'sig', alg: 'RS256' },
    cookieKeys: [random()],
    serviceSecret: random(),
    cliSecret: random(),
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

/** The settings of the demo's provider. */
export const demoIdentity = (port: number, secrets: IdentitySecrets): IdentitySettings => ({
  port,
  host: '127.0.0.1',
  issuer: `http://localhost:${port}`,
  audience: 'auditorium',
  users: DEMO_USERS,
  password: DEMO_PASSWORD,
  secrets,
});

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** The OpenID clients, in the provider's own words. */
export function identityClients(secrets: IdentitySecrets) {
  const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
  return [
    {
      client_id: CLIENTS.console,
      client_name: 'Auditorium',
      token_endpoint_auth_method: 'none' as const,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://localhost:4400/'],
    },
    {
      ...machine,
      client_id: CLIENTS.service,
      client_name: 'Auditorium service',
      client_secret: secrets.serviceSecret,
    },
    {
      ...machine,
      client_id: CLIENTS.cli,
      client_name: 'Auditorium CLI',
      client_secret: secrets.cliSecret,
      grant_types: ['client_credentials', DEVICE_CODE, 'refresh_token'],
    },
    {
      ...machine,
      client_id: CLIENTS.cliLogin,
      client_name: 'Auditorium CLI',
      // Not `application_type: native`: the provider would ask such clients for a consent page on top, and has none.
      token_endpoint_auth_method: 'none' as const,
      grant_types: [DEVICE_CODE, 'refresh_token'],
    },
  ];
}
