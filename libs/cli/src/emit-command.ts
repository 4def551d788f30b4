import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, checkEvent, partitionOf } from '@auditorium/events';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ApiClient } from './api-client.ts';
import type { KafkaTarget } from './kafka-target.ts';
import { withKafka } from './kafka-target.ts';
import { timeArgument } from './relative-time.ts';
import type { Terminal } from './terminal.ts';
import { apiOf, connectionOf, orgPath } from './terminal.ts';

interface EmitFlags {
  readonly org: string;
  readonly actor: string;
  readonly target: string[];
  readonly outcome: 'success' | 'failure' | 'denied';
  readonly before?: string;
  readonly after?: string;
  readonly metadata?: string;
  readonly ip?: string;
  readonly time?: string;
  readonly id?: string;
  readonly source: string;
  readonly wait?: boolean;
}

/** `auditorium emit <action>` */
export function addEmitCommand(program: Command, terminal: Terminal): void {
  program
    .command('emit <action>')
    .description('send one event and print the link to it')
    .requiredOption('--org <slug or id>', 'the organisation that it belongs to')
    .requiredOption('--actor <type/id>', 'who did it')
    .requiredOption('--target <type/id...>', 'what it was done to; the first one is the subject')
    .addOption(
      new Option('--outcome <outcome>', 'how it ended')
        .choices(['success', 'failure', 'denied'])
        .default('success'),
    )
    .option('--before <json>', 'the changed fields as they were')
    .option('--after <json>', 'the changed fields as they became')
    .option('--metadata <json>', 'what else belongs to it: a JSON object')
    .option('--ip <address>', 'from where')
    .option('--time <time>', 'when it happened: -1h, 2026-11-21T10:00:00Z (default: now)')
    .option('--id <id>', 'its id; the same event sent again under the same id is kept once')
    .option('--source <uri reference>', 'which product it comes from', 'auditorium/cli')
    .option('--wait', 'return once it can be seen in the console')
    .addHelpText('after', EXAMPLES)
    .action(async (action: string, flags: EmitFlags, command: Command) => {
      const api = apiOf(command, terminal);
      await withKafka(connectionOf(command, terminal), api, flags.org, async (target) => {
        const key = await send(target, action, flags, terminal.now());
        if (flags.wait) await visible(api, target.slug, key);
        terminal.out(`${api.origin}/orgs/${encodeURIComponent(target.slug)}/events/${key}`);
      });
    });
}

const EXAMPLES = `
Examples:
  auditorium emit project.renamed --org acme --actor user/u_1 --target project/p_7 --before '{"name":"a"}' --after '{"name":"b"}'
  auditorium emit key.deleted --org acme --actor api-key/k_2 --target key/k_9 --outcome denied --wait`;

/** Sends the event and gives its key in the view: partition and offset of its raw record. */
async function send(target: KafkaTarget, action: string, flags: EmitFlags, now: number): Promise<string> {
  const line = Buffer.from(JSON.stringify(eventOf(action, flags, target.org, now)));
  const checked = checkEvent(line, Buffer.from(target.org), now);
  if (!checked.ok) {
    const message = `the event would be rejected as ${checked.code}: see docs/formats/verdicts.md; nothing was sent`;
    throw new AuditoriumError('invalid-request', message);
  }
  const partition = partitionOf(target.org, target.partitions);
  const { baseOffset } = await target.producer.send(target.topic, partition, [
    { key: target.org, value: line },
  ]);
  return `${partition}-${baseOffset}`;
}

function eventOf(action: string, flags: EmitFlags, org: string, now: number): object {
  const targets = flags.target.map((text) => reference('--target', text));
  return {
    specversion: '1.0',
    id: flags.id ?? randomUUID(),
    source: flags.source,
    type: action,
    time: timeArgument(flags.time ?? 'now', now),
    subject: flags.target[0],
    orgid: org,
    data: {
      actor: reference('--actor', flags.actor),
      targets,
      outcome: flags.outcome,
      ...(flags.ip !== undefined && { context: { ip: flags.ip } }),
      ...jsonFlag('before', flags.before),
      ...jsonFlag('after', flags.after),
      ...jsonFlag('metadata', flags.metadata),
    },
  };
}

/** The type ends at the first slash; an id may have more of them. */
function reference(flag: string, text: string): { type: string; id: string } {
  const [, type, id] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
  if (type !== undefined && id !== undefined) return { type, id };
  throw new AuditoriumError(
    'invalid-request',
    `${flag} must be type/id, for example user/u_1, not "${text}"`,
  );
}

function jsonFlag(name: string, text: string | undefined): object {
  if (text === undefined) return {};
  try {
    return { [name]: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new AuditoriumError('invalid-request', `--${name} must be JSON, not ${text}`, { cause });
  }
}

const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

async function visible(api: ApiClient, org: string, key: string): Promise<void> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; await sleep(LOOK_EVERY_MS)) {
    if ((await api.find(orgPath(org, 'events', key))) !== undefined) return;
  }
  const message = `Kafka has the event, but the view does not show it after ${WAIT_MS / 1000} s: see \`auditorium reconcile\` and \`auditorium quarantine list\``;
  throw new AuditoriumError('timeout', message);
}
