import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What seeding has done in this system's data, so that it does it once. Lost with the data. */
export interface SeedMemory {
  isPeopled(org: string): boolean;
  peopled(org: string): void;
  /** The external ID that delivery made for the org's destination; the stand-in for AWS forgets who trusts it. */
  externalId(org: string): string | undefined;
  connected(org: string, externalId: string): void;
}

interface Remembered {
  peopled: string[];
  externalIds: Record<string, string>;
}

/** Reads the memory of this folder; `fresh` begins with none. */
export function seedMemory(dataDir: string, fresh: boolean): SeedMemory {
  const file = join(dataDir, 'seeded.json');
  if (fresh) rmSync(file, { force: true });
  const known: Remembered = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Remembered)
    : { peopled: [], externalIds: {} };
  const save = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(known));
    renameSync(`${file}.new`, file);
  };
  return {
    isPeopled: (org) => known.peopled.includes(org),
    peopled: (org) => {
      known.peopled.push(org);
      save();
    },
    externalId: (org) => known.externalIds[org],
    connected: (org, externalId) => {
      known.externalIds[org] = externalId;
      save();
    },
  };
}
