import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@auditorium/telemetry';
import type { DataSource } from 'typeorm';
import { Integration, Member, OnPremisesKey, Project } from '../entities.ts';
import type { Deed, Pick, Scenery } from './scenes.ts';
import { nextDeed } from './scenes.ts';

/** What the traffic needs. */
export interface TrafficOptions {
  /** The product's own address: made-up people use it like everybody else. */
  readonly url: string;
  readonly source: DataSource;
  readonly orgs: readonly string[];
  readonly eventsPerMinute: number;
  readonly log: Logger;
  readonly random: () => number;
}

/** In the beginning everybody is busy, so that there is something to look at. */
const BUSY_DEEDS = 60;
const BUSY_PAUSE_MS = 100;
const MINUTE_MS = 60_000;
const TIMEOUT_MS = 10_000;

const BROWSERS = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0',
  'demo-product-cli/2.4.1',
  'Terraform/1.9.8 (+https://www.terraform.io)',
];

/** Lets made-up people work with the product until aborted. What goes wrong is logged, and they go on. */
export async function playTraffic(options: TrafficOptions, signal: AbortSignal): Promise<void> {
  const { orgs, eventsPerMinute, log, random } = options;
  const pick: Pick = (from) => from[Math.floor(random() * from.length)];
  for (let deeds = 0; !signal.aborted && eventsPerMinute > 0; deeds += 1) {
    const org = pick(orgs);
    try {
      const deed = org === undefined ? undefined : nextDeed(await sceneryOf(options.source, org), pick);
      if (org !== undefined && deed !== undefined) await perform(options, org, deed, pick);
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'a made-up person could not do something');
    }
    await sleep(pauseMs(deeds, eventsPerMinute, random), undefined, { signal }).catch(() => undefined);
  }
}

/** People do not act in step: the pause is between none and twice the average. */
function pauseMs(deeds: number, eventsPerMinute: number, random: () => number): number {
  const average = MINUTE_MS / eventsPerMinute;
  return 2 * random() * (deeds < BUSY_DEEDS ? Math.min(BUSY_PAUSE_MS, average) : average);
}

async function sceneryOf(source: DataSource, org: string): Promise<Scenery> {
  const [members, projects, integrations, keys] = await Promise.all([
    source.getRepository(Member).findBy({ org }),
    source.getRepository(Project).findBy({ org }),
    source.getRepository(Integration).findBy({ org }),
    source.getRepository(OnPremisesKey).findBy({ org }),
  ]);
  return { org, members, projects, integrations, keys };
}

async function perform({ url, random }: TrafficOptions, org: string, deed: Deed, pick: Pick): Promise<void> {
  const response = await fetch(`${url}/orgs/${org}/${deed.path}`, {
    method: deed.method,
    headers: {
      authorization: `Bearer ${deed.user}`,
      'content-type': 'application/json',
      'user-agent': pick(BROWSERS) ?? '',
      // From this machine alone the product believes the header; the addresses are those reserved for documentation.
      'x-forwarded-for': `${pick(['192.0.2', '198.51.100', '203.0.113'])}.${1 + Math.floor(random() * 254)}`,
    },
    ...(deed.body !== undefined && { body: JSON.stringify(deed.body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Refusals are part of the play.
  await response.body?.cancel();
}
