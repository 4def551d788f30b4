import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENTS } from './demo.ts';
import { demoIdentity, identitySecrets } from './identity-settings.ts';
import { answers } from './ministack.ts';
import { nodeBinary, ownProgram } from './paths.ts';
import { startServer } from './server-process.ts';

/** An OpenID client with a secret. */
export interface ClientSecret {
  clientId: string;
  clientSecret: string;
}

/** A running OpenID provider. */
export interface IdentityProvider {
  addresses: string[];
  issuer: string;
  /** Our services' own client; its tokens' subject is its id. */
  service: ClientSecret;
  /** The CLI's own client; likewise. */
  cli: ClientSecret;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts the provider with the demo's users. Keys and client secrets of the folder are kept. */
export async function startIdentityProvider(o: {
  dataDir: string;
  port: number;
  fresh?: boolean;
}): Promise<IdentityProvider> {
  const secrets = identitySecrets(o.dataDir, o.fresh ?? false);
  const settings = demoIdentity(o.port, secrets);
  const file = join(o.dataDir, 'settings.json');
  const server = await startServer({
    name: 'the identity provider',
    dataDir: o.dataDir,
    port: o.port,
    command: nodeBinary(),
    args: ['--disable-warning=ExperimentalWarning', ...ownProgram('identity-provider'), file],
    prepare: async () => writeFileSync(file, JSON.stringify(settings), { mode: 0o600 }),
    ready: () => answers(`http://127.0.0.1:${o.port}/.well-known/openid-configuration`),
  });
  return {
    addresses: [`127.0.0.1:${o.port}`],
    issuer: settings.issuer,
    service: { clientId: CLIENTS.service, clientSecret: secrets.serviceSecret },
    cli: { clientId: CLIENTS.cli, clientSecret: secrets.cliSecret },
    stop: server.stop,
    kill: server.kill,
  };
}
