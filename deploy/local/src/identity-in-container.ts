/** The identity provider of docker-compose.yml: the same program and users, listening to the container's network. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoIdentity, identitySecrets } from './identity-settings.ts';

const folder = '/identity';
const file = join(folder, 'settings.json');
writeFileSync(
  file,
  JSON.stringify({ ...demoIdentity(4405, identitySecrets(folder, false)), host: '0.0.0.0' }),
);
process.argv[2] = file;
await import('./identity-provider.ts');
