import { createInterface } from 'node:readline/promises';
import { AuditoriumError } from '@auditorium/events';
import type { Command } from 'commander';
import { wholeNumber } from './events-command.ts';
import type { Terminal } from './terminal.ts';
import { apiOf, orgPath } from './terminal.ts';
import { textTable } from './text-table.ts';

interface Destination {
  readonly id: string;
  readonly name?: string | null;
  readonly bucket: string;
  readonly prefix?: string | null;
  readonly layout?: string | null;
  readonly state: string;
  readonly backlog?: number | null;
  readonly lastSuccess?: string | null;
  readonly externalId?: string;
  readonly permissionPolicy?: unknown;
  readonly trustPolicy?: unknown;
}

interface CreateFlags {
  readonly org: string;
  readonly name?: string;
  readonly bucket: string;
  readonly roleArn: string;
  readonly region: string;
  readonly prefix?: string;
  readonly layout?: string;
  readonly window?: number;
  readonly json?: boolean;
}

interface OrgFlags {
  readonly org: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `auditorium destination create | list | show | layout | test | pause | resume | delete` */
export function addDestinationCommand(program: Command, terminal: Terminal): void {
  const destination = program
    .command('destination')
    .description("where an organisation's windows are delivered: its own buckets")
    .addHelpText('after', EXAMPLES);
  addCreate(destination, terminal);
  addReads(destination, terminal);
  addLayout(destination, terminal);
  addActions(destination, terminal);
  addDelete(destination, terminal);
}

const EXAMPLES = `
Examples:
  auditorium destination create --org acme --bucket acme-audit --role-arn arn:aws:iam::123456789012:role/audit --region eu-central-1
  auditorium destination create --org acme --bucket acme-lake --role-arn … --region … --prefix ext/auditorium --layout ocsf-parquet
  auditorium destination layout d_1 wiremock --org acme
  auditorium destination test d_1 --org acme
  auditorium destination list --org acme`;

/** A name that is none is refused by the service, which knows them. */
const LAYOUTS = 'auditorium (default), wiremock, wiv, airkit, airkit-events, weka-s3, ocsf-parquet';

const ORG = ['--org <slug or id>', 'the organisation'] as const;

function addCreate(destination: Command, terminal: Terminal): void {
  destination
    .command('create')
    .description('connect a bucket; prints the two policies to put in place, then `test` it')
    .requiredOption(...ORG)
    .requiredOption('--bucket <name>', 'the bucket')
    .requiredOption('--role-arn <arn>', 'the role in your account that may write to it')
    .requiredOption('--region <region>', "the bucket's region")
    .option('--name <name>', 'what to call it')
    .option('--prefix <prefix>', 'keys begin with this')
    .option('--layout <name>', `shape of keys and lines: ${LAYOUTS}`)
    .option('--window <seconds>', 'a delivery every so many seconds', wholeNumber)
    .option('--json', 'print the destination as one JSON object')
    .action(async (flags: CreateFlags, command: Command) => {
      const { org, json, window: windowSeconds, ...settings } = flags;
      const body = {
        name: settings.bucket,
        ...settings,
        ...(windowSeconds !== undefined && { windowSeconds }),
      };
      const made = await apiOf(command, terminal).send<Destination>(
        'POST',
        orgPath(org, 'destinations'),
        body,
      );
      terminal.out(json ? JSON.stringify(made) : createdText(made, org));
    });
}

function createdText(made: Destination, org: string): string {
  return [
    `Made ${made.id}. It waits until your role lets us write. External ID: ${made.externalId ?? '(see show)'}`,
    ...(made.permissionPolicy
      ? ['', 'Permissions of the role:', JSON.stringify(made.permissionPolicy, null, 2)]
      : []),
    ...(made.trustPolicy ? ['', 'Trust of the role:', JSON.stringify(made.trustPolicy, null, 2)] : []),
    '',
    `Then: auditorium destination test ${made.id} --org ${org}`,
  ].join('\n');
}

function addReads(destination: Command, terminal: Terminal): void {
  destination
    .command('list')
    .description('all of an organisation')
    .requiredOption(...ORG)
    .option('--json', 'one destination a line')
    .action(async ({ org, json }: OrgFlags, command: Command) => {
      const answer = await apiOf(command, terminal).get<{ destinations: Destination[] }>(
        orgPath(org, 'destinations'),
      );
      if (json) for (const each of answer.destinations) terminal.out(JSON.stringify(each));
      else if (answer.destinations.length === 0)
        terminal.err('No destinations yet: auditorium destination create --help');
      else terminal.out(table(answer.destinations));
    });
  destination
    .command('show <id>')
    .description('one of them, with everything that is known')
    .requiredOption(...ORG)
    .action(async (id: string, { org }: OrgFlags, command: Command) => {
      const found = await apiOf(command, terminal).get<object>(orgPath(org, 'destinations', id));
      terminal.out(JSON.stringify(found, null, 2));
    });
}

function addLayout(destination: Command, terminal: Terminal): void {
  destination
    .command('layout <id> <name>')
    .description(`another shape of keys and lines, from the next window on: ${LAYOUTS}`)
    .requiredOption(...ORG)
    .action(async (id: string, layout: string, { org }: OrgFlags, command: Command) => {
      await apiOf(command, terminal).send('PATCH', orgPath(org, 'destinations', id), { layout });
      terminal.out(`${id} has the layout ${layout} from its next window on.`);
    });
}

function table(destinations: readonly Destination[]): string {
  return textTable<Destination>(
    [
      { title: 'ID', text: ({ id }) => id },
      { title: 'NAME', text: ({ name }) => name ?? '' },
      { title: 'BUCKET', text: ({ bucket, prefix }) => `${bucket}/${prefix ?? ''}` },
      { title: 'LAYOUT', text: ({ layout }) => layout ?? '' },
      { title: 'STATE', text: ({ state }) => state },
      { title: 'BACKLOG', text: ({ backlog }) => String(backlog ?? ''), align: 'right' },
      { title: 'LAST SUCCESS', text: ({ lastSuccess }) => lastSuccess ?? 'never' },
    ],
    destinations,
  );
}

const ACTIONS = [
  ['test', 'write a test object, or name the step that fails and its fix'],
  ['pause', 'stop delivering; what is due waits'],
  ['resume', 'go on from where it stopped'],
] as const;

function addActions(destination: Command, terminal: Terminal): void {
  for (const [name, description] of ACTIONS) {
    destination
      .command(`${name} <id>`)
      .description(description)
      .requiredOption(...ORG)
      .action(async (id: string, { org }: OrgFlags, command: Command) => {
        const path = orgPath(org, 'destinations', id, name);
        const answer = await apiOf(command, terminal).send<{ ok?: boolean } | undefined>('POST', path);
        terminal.out(answer === undefined ? `${name}: done.` : JSON.stringify(answer, null, 2));
        // A test that names the failing step is an answer, not an error; for a script it is a failure.
        if (answer?.ok === false) process.exitCode = 1;
      });
  }
}

function addDelete(destination: Command, terminal: Terminal): void {
  destination
    .command('delete <id>')
    .description('stop all sending and forget it; what was delivered stays')
    .requiredOption(...ORG)
    .option('--yes', 'do not ask')
    .action(async (id: string, { org, yes }: OrgFlags, command: Command) => {
      if (!yes && !(await isConfirmed(`Delete the destination ${id} of ${org}? Yes / No: `))) {
        terminal.err('Nothing was changed.');
        return;
      }
      await apiOf(command, terminal).send('DELETE', orgPath(org, 'destinations', id));
      terminal.out(`${id} is deleted; nothing more is sent to it.`);
    });
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new AuditoriumError('invalid-request', 'nobody is there to ask: confirm with --yes');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
