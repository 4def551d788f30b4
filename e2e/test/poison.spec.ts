import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PARTITIONS, LIMITS, partitionOf, topicsOf } from '@auditorium/events';
import { sendPoison, type ExpectedVerdict } from '@auditorium/testing/kafka';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { browse, bucketObjects, enrichedOf, ledgerOf, runCli, settled, signIn } from '../src/index.ts';

const running = inject('running');
const ORG = 'org_acme';
const PARTITION = partitionOf(ORG, DEFAULT_PARTITIONS);
const SEED = 11;
const GENERATED = 200;
const SERVICES = ['directory', 'enrichment', 'delivery', 'query', 'console'] as const;
const strangers = Array.from({ length: 20 }, (_, index) => `stranger-${index}`).filter(
  (org) => partitionOf(org, DEFAULT_PARTITIONS) !== PARTITION,
);

const inService = (service: string, file: string): string =>
  readFileSync(join(running.dataDir, service, file), 'utf8');
const pids = (): string[] => SERVICES.map((service) => inService(service, 'pid').trim());

let before: string[];
let expected: ExpectedVerdict[];
let accepted: ExpectedVerdict[];
let rejected: ExpectedVerdict[];

beforeAll(async () => {
  await settled(running, 'acme');
  before = pids();
  const to = { brokers: running.local.kafkaBrokers, topic: topicsOf().raw, partition: PARTITION };
  const place = { org: ORG, strangers, now: Date.now() };
  expected = await sendPoison(to, place, { seed: SEED, generated: GENERATED });
  accepted = expected.filter(({ verdict }) => verdict === 'accepted');
  rejected = expected.filter(({ verdict }) => verdict !== 'accepted' && verdict !== 'repeat');
  await settled(running, 'acme', 200);
});

/** What is to be found of an accepted event: all that was sent, up to the brace that attributes are put in before. */
const sent = ({ value }: ExpectedVerdict): string => (value as Buffer).toString('utf8').slice(0, -1);

/** Looks up the accepted events among lines with their raw offsets, and compares each. */
function expectByOffset(lines: readonly { rawOffset: number; line: string }[]): void {
  const ours = new Set(expected.map(({ offset }) => offset));
  const found = lines.filter(({ rawOffset }) => ours.has(rawOffset));
  expect(found.map(({ rawOffset }) => rawOffset)).toEqual(accepted.map(({ offset }) => offset));
  accepted.forEach((event, index) =>
    expect(found[index]!.line.startsWith(sent(event)), event.name).toBe(true),
  );
}

describe('hostile records among good ones', () => {
  it('restart no service and stop no partition', () => {
    expect(pids()).toEqual(before);
    for (const service of SERVICES) {
      const log = inService(service, 'log');
      expect(log, service).not.toContain('is opened again');
      expect(log, service).not.toContain('a partition stops');
      expect(log, service).not.toMatch(/"level":(?:60|"fatal")/);
    }
  });

  it('leave the good ones, and those that are only nasty, byte for byte and in order in enriched, ledger, view and bucket', async () => {
    expectByOffset(await enrichedOf(running, ORG));
    const ledger = await ledgerOf(running, ORG);
    expectByOffset(ledger);
    expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_line, index) => index + 1));
    expectByOffset(await viewOf());
    const delivered = (await bucketObjects(running, 'acme')).flatMap(({ lines }) => lines);
    const missing = accepted.filter((event) => !delivered.some((line) => line.startsWith(sent(event))));
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(delivered).toHaveLength(ledger.length);
  });

  it('wait in quarantine, each once and with its reason', async () => {
    const { code, stdout, stderr } = await quarantine('list', '--json');
    expect(code, stderr).toBe(0);
    const ours = new Set(expected.map(({ offset }) => offset));
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { rawOffset: number; code: string })
      .filter(({ rawOffset }) => ours.has(rawOffset))
      .toSorted((a, b) => a.rawOffset - b.rawOffset);
    expect(found.map((event) => `${event.rawOffset} ${event.code}`)).toEqual(
      rejected.map(({ offset, verdict }) => `${offset} ${verdict}`),
    );
  });

  it('are shown by the CLI without a command to the terminal, whole as far as they were kept', async () => {
    expectHarmless((await quarantine('list')).stdout);
    expectHarmless((await runCli(running, 'events', '--org', 'acme', '--limit', '1000')).stdout);
    expectHarmless((await runCli(running, 'events', '--org', 'acme', '--json')).stdout);
    for (const { offset, name, value } of rejected.filter((_, index) => index % 20 === 0)) {
      const { code, stdout, stderr } = await runCli(running, 'quarantine', 'show', `${PARTITION}-${offset}`);
      expect(code, `${name}: ${stderr}`).toBe(0);
      expectHarmless(stdout);
      const kept = Buffer.from((JSON.parse(stdout) as { value: string | null }).value ?? '', 'base64');
      if (value) expect(kept.equals(value.subarray(0, LIMITS.keptBytes)), name).toBe(true);
    }
  });

  it('are not sent again when they are a whole record batch', async () => {
    const { offset } = rejected.find(({ verdict }) => verdict === 'batch-unreadable')!;
    const { code, stderr } = await runCli(running, 'quarantine', 'resubmit', `${PARTITION}-${offset}`);
    expect(code).not.toBe(0);
    expect(stderr).toContain('a whole record batch');
  });

  it('run nothing in the console that shows the nasty ones', async () => {
    const browser = await browse();
    try {
      const { page, errors } = await signIn(browser, running, 'ada@acme.example');
      let dialogs = 0;
      page.on('dialog', (dialog) => {
        dialogs += 1;
        void dialog.dismiss();
      });
      const rows = page.getByTestId('event');
      await rows.first().waitFor();
      for (let index = 0; index < 15; index += 1) {
        await rows.nth(index).click();
        await page.getByTestId('event-panel').waitFor();
        await page.keyboard.press('Escape');
      }
      expect({ dialogs, errors }).toEqual({ dialogs: 0, errors: [] });
    } finally {
      await browser.close();
    }
  });
});

function quarantine(...args: string[]) {
  return runCli(running, 'quarantine', ...args, '--partition', String(PARTITION), '--limit', '2000');
}

// eslint-disable-next-line no-control-regex -- these are what it looks for
const COMMANDS = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Neither a control character nor one that turns the direction of text. */
function expectHarmless(text: string): void {
  expect(COMMANDS.exec(text)).toBeNull();
}

/** The org's events in the view, in raw order. */
async function viewOf(): Promise<{ rawOffset: number; line: string }[]> {
  const client = new pg.Client({ connectionString: running.local.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ raw_offset: string; line: string }>(
      'SELECT raw_offset, line FROM query.event WHERE org = $1 ORDER BY raw_offset',
      [ORG],
    );
    return rows.map(({ raw_offset, line }) => ({ rawOffset: Number(raw_offset), line }));
  } finally {
    await client.end();
  }
}
