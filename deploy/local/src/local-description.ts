import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_ORGS, DEMO_PASSWORD, DEMO_USERS } from './demo.ts';
import type { LocalPorts } from './local-ports.ts';
import type { LocalServers } from './local-servers.ts';
import { stateFolder } from './paths.ts';
import { rootOf } from './aws-accounts.ts';

/** What `.auditorium/local.json` tells the CLI and whoever wants to look at the running system. */
export interface LocalDescription {
  /** The console, and behind it every HTTP interface by path. */
  origin: string;
  issuer: string;
  kafkaBrokers: string[];
  databaseUrl: string;
  s3Endpoint: string;
  users: { email: string; password: string; user: string; name: string; role: string }[];
  cli: { clientId: string; clientSecret: string };
  /** `credentials` are the customer's own root key in the stand-in for AWS. */
  orgs: {
    id: string;
    slug: string;
    name: string;
    bucket: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  }[];
  services: Record<'directory' | 'enrichment' | 'delivery' | 'query' | 'console' | 'demoProduct', string>;
}

export const localFile = join(stateFolder, 'local.json');

/** Describes a running system. */
export function describeLocal(servers: LocalServers, ports: LocalPorts): LocalDescription {
  const url = (port: number): string => `http://localhost:${port}`;
  const { directory, enrichment, delivery, query, console, demoProduct } = ports;
  return {
    origin: url(console),
    issuer: servers.identity.issuer,
    kafkaBrokers: servers.kafkaBrokers,
    databaseUrl: servers.databaseUrl,
    s3Endpoint: servers.s3Endpoint,
    users: DEMO_USERS.map((user) => ({ ...user, password: DEMO_PASSWORD })),
    cli: servers.identity.cli,
    orgs: DEMO_ORGS.map(({ id, slug, name, bucket, account }) => ({
      id,
      slug,
      name,
      bucket,
      credentials: rootOf(account),
    })),
    services: {
      directory: url(directory),
      enrichment: url(enrichment),
      delivery: url(delivery),
      query: url(query),
      console: url(console),
      demoProduct: url(demoProduct),
    },
  };
}

/** Writes the file whole. It holds secrets of the demo, so it is its owner's to read. */
export function writeLocal(description: LocalDescription, file = localFile): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(description, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export const readLocal = (file = localFile): LocalDescription =>
  JSON.parse(readFileSync(file, 'utf8')) as LocalDescription;

/** Nothing runs any more. */
export const removeLocal = (file = localFile): void => rmSync(file, { force: true });
