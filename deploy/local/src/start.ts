/** `npm start`: brings up the whole system on this machine and keeps it running until Ctrl-C. */
import { parseArgs } from 'node:util';
import { startDetached } from './start-detached.ts';
import { sentenceOf, setupError } from './setup-error.ts';
import { supervise } from './supervise.ts';

const HELP = `npm start [-- options]

Starts Kafka, PostgreSQL, a stand-in for AWS, an identity provider, every service, the console and a demo product.
Prints where to sign in. Ctrl-C stops everything; the data stays for the next start.

  --fresh    begin with empty data
  --compose  use the servers of \`docker compose up\` instead of starting them
  --detach   return once everything is ready; \`npm stop\` ends it
  --help     this text

Everything lies in .auditorium: local.json (addresses, demo users), run/<name>/log, tools (fetched once).`;

const OPTIONS = {
  fresh: { type: 'boolean', default: false },
  compose: { type: 'boolean', default: false },
  detach: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw setupError(`${(error as Error).message}\n\n${HELP}`);
  }
}

try {
  const options = readOptions();
  if (options.help) console.log(HELP);
  else if (options.detach)
    await startDetached(process.argv.slice(2).filter((argument) => argument !== '--detach'));
  else await supervise(options);
} catch (error) {
  console.error(`\n${sentenceOf(error)}`);
  process.exit(1);
}
process.exit(0);
