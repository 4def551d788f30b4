import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '@auditorium/local';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  bucketObjects,
  type EnrichedLine,
  enrichedOf,
  eventually,
  type LedgerLine,
  ledgerOf,
  runCli,
  settled,
  signalService,
} from '../src/index.ts';

const DATA = join(repositoryFolder, '../shared/data');
const running = inject('running');
const { local } = running;

/** Globex has no other traffic while the demo product is paused, so every count is exact. */
const ORG = 'globex';
const ORG_ID = 'org_globex';

const IMPORTS = [
  { format: 'cloudtrail', files: filesOf('cloudtrail', '.json') },
  { format: 'google-workspace', files: filesOf('google-workspace', '.json') },
  { format: 's3-access', files: filesOf('s3-access', '.csv') },
];

/** The recorded audit logs of other systems; the project runs without them. */
describe.skipIf(!existsSync(DATA))('real audit data, from the command line to the bucket', () => {
  let before: number;
  const emitted: number[] = [];

  beforeAll(async () => {
    // Its traffic would move what is counted here.
    await signalService(running, 'demoProduct', 'SIGSTOP');
    before = (await settled(running, ORG)).head;
    for (const { format, files } of IMPORTS) {
      const { code, stdout, stderr } = await runCli(
        running,
        'import',
        format,
        ...files,
        '--org',
        ORG,
        '--json',
      );
      expect(code, `${stdout}${stderr}`).toBe(0);
      emitted.push((JSON.parse(stdout) as { emitted: number }).emitted);
    }
    await settled(running, ORG);
  });

  afterAll(() => signalService(running, 'demoProduct', 'SIGCONT'));

  it('reads every event of every source', () => {
    expect(emitted).toEqual([cloudTrailRecords(), workspaceEvents(), csvRows()]);
  });

  it('has each event exactly once in the ledger, its enriched bytes unchanged, in raw order without a hole', async () => {
    const [enriched, ledger] = await Promise.all([enrichedOf(running, ORG_ID), ledgerOf(running, ORG_ID)]);
    expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_line, index) => index + 1));
    expect(ledger.map(({ rawOffset, line }): EnrichedLine => ({ rawOffset, line }))).toEqual(enriched);
    expect(ledger.length - before).toBe(total(emitted));
    expect(new Set(ledger.map(identity)).size).toBe(ledger.length);
  });

  it('has each event exactly once in the bucket, in order, as the line of the ledger with the names added', async () => {
    const objects = await bucketObjects(running, ORG);
    const ledger = await ledgerOf(running, ORG_ID);
    const delivered = objects
      .toSorted((a, b) => firstOf(a.key) - firstOf(b.key))
      .flatMap((object) => object.lines);
    expect(delivered.map(withoutNames)).toEqual(ledger.map(({ line }) => JSON.parse(line) as unknown));
    for (const [index, line] of delivered.entries()) {
      expect(line.startsWith((ledger[index] as LedgerLine).line.slice(0, -1))).toBe(true);
    }
  });

  it('has each event exactly once in the view', async () => {
    const { code, stdout } = await runCli(
      running,
      'events',
      '--org',
      ORG,
      '--from',
      '2000-01-01T00:00:00Z',
      '--json',
    );
    expect(code).toBe(0);
    const shown = stdout
      .trim()
      .split('\n')
      .map((line) => identity({ line }));
    const ledger = await ledgerOf(running, ORG_ID);
    expect(shown.toSorted()).toEqual(ledger.map(identity).toSorted());
  });

  it('changes nothing when the same files are imported again', async () => {
    const first = await settled(running, ORG);
    for (const { format, files } of IMPORTS) await runCli(running, 'import', format, ...files, '--org', ORG);
    const second = await eventually('the repeats are counted', async () => {
      const now = await settled(running, ORG);
      const repeats = now.partition.ledger.repeats - first.partition.ledger.repeats;
      return repeats >= total(emitted) ? now : undefined;
    });
    expect(second.head).toBe(first.head);
    expect(second.partition.ledger.repeats - first.partition.ledger.repeats).toBe(total(emitted));
  });
});

describe('one event from the command line', () => {
  it('is in the view at once and in the bucket within a window, exactly as it was emitted', async () => {
    const target = `project/p_${Date.now()}`;
    const emit = ['emit', 'project.renamed', '--org', ORG, '--actor', 'user/u_1', '--target', target];
    const { code, stdout, stderr } = await runCli(running, ...emit);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${local.origin}/`);
    const event = await eventually('the event is in the view', async () => {
      const shown = await runCli(
        running,
        'events',
        '--org',
        ORG,
        '--action',
        'project.*',
        '--from',
        '-1h',
        '--json',
      );
      const lines = shown.stdout
        .trim()
        .split('\n')
        .filter((line) => line.includes(target));
      return lines.length > 0 ? lines : undefined;
    });
    expect(event).toHaveLength(1);
    await settled(running, ORG);
    const lines = (await bucketObjects(running, ORG)).flatMap((object) => object.lines);
    expect(lines.filter((line) => line.includes(`"${target}"`))).toHaveLength(1);
  });
});

function filesOf(folder: string, ending: string): string[] {
  const path = join(DATA, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(path, name));
}

function cloudTrailRecords(): number {
  return total(IMPORTS[0]!.files.map((file) => lines(file).length));
}

function workspaceEvents(): number {
  const events = IMPORTS[1]!.files.map((file) => {
    const { activities } = JSON.parse(readFileSync(file, 'utf8')) as { activities: { events: unknown[] }[] };
    return total(activities.map((activity) => activity.events.length));
  });
  return total(events);
}

/** The file has no line breaks inside of fields: each line but the first is a row. */
function csvRows(): number {
  return total(IMPORTS[2]!.files.map((file) => lines(file).length - 1));
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function identity({ line }: { line: string }): string {
  const { source, id } = JSON.parse(line) as { source: string; id: string };
  return `${source} ${id}`;
}

function withoutNames(line: string): unknown {
  const { actorname: _name, actoremail: _email, ...event } = JSON.parse(line) as Record<string, unknown>;
  return event;
}

/** Sequence of the first event of an object, from its key `…/{first}-{last}-{suffix}.ndjson.gz`. */
function firstOf(key: string): number {
  const match = /\/(\d+)-(\d+)-[^/]+$/.exec(key);
  if (match === null) throw new Error(`not a key of ours: ${key}`);
  return Number(match[1]);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
