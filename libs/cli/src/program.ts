import { Command } from 'commander';
import { addDestinationCommand } from './destination-command.ts';
import { addEmitCommand } from './emit-command.ts';
import { addEventsCommand } from './events-command.ts';
import { addGapCommand } from './gap-command.ts';
import { addImportCommand } from './import-command.ts';
import { addLoginCommand } from './login-command.ts';
import { addQuarantineCommand } from './quarantine-command.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import { addTailCommand } from './tail-command.ts';
import type { Terminal } from './terminal.ts';
import { processTerminal } from './terminal.ts';

/** The command line, ready to parse. Commander's own errors are thrown, not exited on. */
export function createProgram(terminal: Terminal = processTerminal()): Command {
  const program = new Command('auditorium')
    .description('Audit events from a terminal: import, emit, read, follow, reconcile.')
    .option('--url <address>', 'the address of Auditorium (its console)')
    .option('--local', 'use the system that `npm start` runs, even when logged in elsewhere')
    .option('--kafka <host:port,…>', 'where Kafka is, for import and emit')
    .option('--topic-prefix <prefix>', 'what the names of the topics begin with')
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  addLoginCommand(program, terminal);
  addImportCommand(program, terminal);
  addEmitCommand(program, terminal);
  addEventsCommand(program, terminal);
  addTailCommand(program, terminal);
  addReconcileCommand(program, terminal);
  addQuarantineCommand(program, terminal);
  addGapCommand(program, terminal);
  addDestinationCommand(program, terminal);
  for (const command of allOf(program)) command.exitOverride().showHelpAfterError('(--help shows how)');
  return program;
}

function allOf(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...allOf(each)]);
}

const EXAMPLES = `
Address and credentials come from \`auditorium login\`, or from the nearest .auditorium/local.json, which npm start writes.

Examples:
  auditorium import cloudtrail trail/*.json --org acme
  auditorium emit project.renamed --org acme --actor user/u_1 --target project/p_7
  auditorium events --org acme --action 'project.*' --from -1h --json
  auditorium tail --org acme
  auditorium reconcile --org acme

Exit codes: 0 done; 1 failed, or not everything (a record skipped, terms that do not add up); 2 wrong usage.`;
