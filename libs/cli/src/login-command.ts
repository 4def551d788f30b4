import type { Command } from 'commander';
import type { ConnectionFlags } from './connection.ts';
import { logIn, loginFile, removeLogin, writeLogin } from './login.ts';
import type { Terminal } from './terminal.ts';

interface LoginFlags extends ConnectionFlags {
  readonly issuer?: string;
  readonly clientId: string;
}

const LOCAL_URL = 'http://localhost:4400';

/** `auditorium login` and `auditorium logout` */
export function addLoginCommand(program: Command, terminal: Terminal): void {
  program
    .command('login')
    .description('log in as yourself: confirm a code in any browser')
    .option('--issuer <url>', 'who signs people in; asked of the address when absent')
    .option('--client-id <id>', 'the OpenID client of this command line', 'auditorium-cli-login')
    .addHelpText(
      'after',
      `\nExample:\n  auditorium login --url https://audit.example.com --kafka kafka-1:9092,kafka-2:9092`,
    )
    .action(async (_flags: object, command: Command) => {
      const { url = LOCAL_URL, issuer, clientId, kafka, topicPrefix } = command.optsWithGlobals<LoginFlags>();
      const origin = url.replace(/\/$/, '');
      const wanted = { origin, clientId, ...(issuer !== undefined && { issuer }) };
      const kafkaPlace = {
        ...(kafka !== undefined && { kafkaBrokers: kafka.split(',') }),
        ...(topicPrefix && { topicPrefix }),
      };
      const login = await logIn({ ...wanted, ...kafkaPlace }, ({ url: page, code }) => {
        terminal.err(`Open ${page}\nand confirm the code ${code}. Waiting…`);
      });
      writeLogin(terminal.home, login);
      terminal.out(`Logged in at ${origin}. Kept in ${loginFile(terminal.home)}.`);
    });
  program
    .command('logout')
    .description('forget the login')
    .action(() => {
      removeLogin(terminal.home);
      terminal.out('Logged out.');
    });
}
