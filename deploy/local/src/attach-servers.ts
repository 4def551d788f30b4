import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLATFORM_ACCOUNT, makeBucket, seedPlatformUser } from './aws-accounts.ts';
import { CLIENTS } from './demo.ts';
import { SERVER_FOLDERS } from './folders.ts';
import { identitySecrets } from './identity-settings.ts';
import type { LocalPorts } from './local-ports.ts';
import { LEDGER_BUCKET, type LocalServers } from './local-servers.ts';
import { answers } from './ministack.ts';
import { isTaken } from './ports.ts';
import { setupError } from './setup-error.ts';

const PATIENCE_MS = 60_000;

/** Uses servers that others run on the same ports (docker-compose.yml), and leaves them running. */
export async function attachServers(dataDir: string, ports: LocalPorts): Promise<LocalServers> {
  const issuer = `http://localhost:${ports.issuer}`;
  const endpoint = `http://127.0.0.1:${ports.s3}`;
  await untilUp(ports, endpoint, issuer);
  const secrets = identitySecrets(join(dataDir, SERVER_FOLDERS.identity), false);
  const nothing = async (): Promise<void> => undefined;
  const platform = await seedPlatformUser(endpoint);
  await makeBucket(endpoint, PLATFORM_ACCOUNT, LEDGER_BUCKET);
  return {
    kafkaBrokers: [`127.0.0.1:${ports.kafka}`],
    databaseUrl: `postgres://postgres:auditorium@127.0.0.1:${ports.postgres}/auditorium`,
    s3Endpoint: endpoint,
    identity: {
      addresses: [`127.0.0.1:${ports.issuer}`],
      issuer,
      service: { clientId: CLIENTS.service, clientSecret: secrets.serviceSecret },
      cli: { clientId: CLIENTS.cli, clientSecret: secrets.cliSecret },
      stop: nothing,
      kill: nothing,
    },
    platform,
    stop: nothing,
  };
}

/** @throws AuditoriumError `setup-failed` when not all of them answer within a minute: a first `docker compose up` fetches and installs */
async function untilUp(ports: LocalPorts, endpoint: string, issuer: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(500)) {
    const up = await Promise.all([
      isTaken(ports.kafka),
      isTaken(ports.postgres),
      answers(`${endpoint}/_ministack/health`),
      answers(`${issuer}/.well-known/openid-configuration`),
    ]);
    if (!up.includes(false)) return;
  }
  throw setupError('The servers do not all answer: run `docker compose up --wait` first.');
}
