/** A parent for tests to kill: starts one server, prints its addresses, and waits. */
import { startIdentityProvider } from '../src/identity.ts';
import { startKafka } from '../src/kafka.ts';
import { startMinistack } from '../src/ministack.ts';
import { startPostgres } from '../src/postgres.ts';

const [name, dataDir = '', port = '0'] = process.argv.slice(2);
const options = { dataDir, port: Number(port) };
const starts: Record<string, () => Promise<{ addresses: string[] }>> = {
  kafka: () => startKafka({ dataDir, ports: [options.port] }),
  postgres: () => startPostgres(options),
  aws: () => startMinistack(options),
  identity: () => startIdentityProvider(options),
};
const server = await starts[name ?? '']?.();
console.log(JSON.stringify(server?.addresses));
setInterval(() => undefined, 1 << 30);
