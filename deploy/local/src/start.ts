/** `npm start`: brings up the whole system on this machine and keeps it running until Ctrl-C. */
import { parseArgs } from 'node:util';
import { startDetached } from './start-detached.ts';
import { sentenceOf } from './setup-error.ts';
import { supervise } from './supervise.ts';

const HELP = `npm start [-- options]

Starts Kafka, PostgreSQL, a stand-in for AWS, an identity provider, every service, the console and a demo product.
Prints where to sign in. Ctrl-C stops everything; the data stays for the next start.

  --fresh    begin with empty data
  --compose  use the servers of \`docker compose up\` instead of starting them
  --detach   return once everything is ready; \`npm stop\` ends it
  --help     this text

Everything lies in .auditorium: local.json (addresses, demo users), run/<name>/log, tools (fetched once).`;

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    compose: { type: 'boolean', default: false },
    detach: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

try {
  if (values.help) console.log(HELP);
  else if (values.detach)
    await startDetached(process.argv.slice(2).filter((argument) => argument !== '--detach'));
  else await supervise(values);
} catch (error) {
  console.error(`\n${sentenceOf(error)}`);
  process.exitCode = 1;
}
