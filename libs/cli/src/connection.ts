import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuditoriumError } from '@auditorium/events';
import { clientCredentials } from '@auditorium/sdk';
import { z } from 'zod';
import { readLogin, loginToken } from './login.ts';

/** How a command reaches Auditorium. */
export interface Connection {
  /** The public origin: the console, and every HTTP interface behind it. */
  readonly origin: string;
  readonly token: () => Promise<string>;
  /** Undefined when neither a flag nor the configuration says where Kafka is. */
  readonly kafkaBrokers: readonly string[] | undefined;
  readonly topicPrefix: string;
}

/** The flags that every command takes. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly local?: boolean;
  readonly kafka?: string;
  readonly topicPrefix?: string;
}

const localSchema = z.object({
  origin: z.string(),
  issuer: z.string(),
  kafkaBrokers: z.array(z.string()),
  topicPrefix: z.string().optional(),
  cli: z.object({ clientId: z.string(), clientSecret: z.string() }),
});

/** Where `npm start` describes the running system. */
const LOCAL_FILE = join('.auditorium', 'local.json');

/**
 * Finds out how to reach Auditorium: what `auditorium login` stored, otherwise the system that `npm start` runs, described
 * in the nearest `.auditorium/local.json`. Flags come before both.
 *
 * @throws AuditoriumError `settings-invalid` with what to do when there is neither.
 */
export function resolveConnection(flags: ConnectionFlags, folder: string, home: string): Connection {
  const login = flags.local ? undefined : readLogin(home, flags.url);
  const local = login === undefined ? readLocal(folder, flags.url) : undefined;
  const found = login ?? local;
  if (found === undefined) throw new AuditoriumError('settings-invalid', missing(flags));
  return {
    origin: (flags.url ?? found.origin).replace(/\/$/, ''),
    kafkaBrokers: flags.kafka?.split(',') ?? found.kafkaBrokers,
    topicPrefix: flags.topicPrefix ?? found.topicPrefix ?? '',
    token:
      login !== undefined
        ? loginToken(home, login)
        : clientCredentials({ issuer: found.issuer, clientId: '', clientSecret: '', ...local?.cli }),
  };
}

function missing({ url, local }: ConnectionFlags): string {
  if (url !== undefined) return `nobody is logged in at ${url}: run \`auditorium login --url ${url}\``;
  const start = 'run `npm start` in the repository (and stay in its folder)';
  return local
    ? `no ${LOCAL_FILE} here or above: ${start}`
    : `no address: ${start}, or \`auditorium login --url <address>\``;
}

function readLocal(folder: string, url: string | undefined): z.infer<typeof localSchema> | undefined {
  const file = nearest(folder);
  if (file === undefined) return undefined;
  const parsed = localSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    throw new AuditoriumError('settings-invalid', `${file} is not what npm start writes; start it again`);
  }
  // The credentials of the local system belong to nobody else's address.
  return url === undefined || url.replace(/\/$/, '') === parsed.data.origin.replace(/\/$/, '')
    ? parsed.data
    : undefined;
}

function nearest(folder: string): string | undefined {
  const file = join(folder, LOCAL_FILE);
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : nearest(dirname(folder));
}
