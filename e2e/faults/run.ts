import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@auditorium/events';
import { apiOf, signIn } from '@auditorium/local';
import pg from 'pg';
import { inStep } from './attack/brokers.ts';
import { Campaign } from './attack/campaign.ts';
import { Ghosts } from './attack/ghosts.ts';
import { scheduleOf } from './attack/schedule.ts';
import { checkHistory } from './checker/index.ts';
import { CrashControl } from './crash/crash-control.ts';
import { gatherHistory } from './gather/gather-history.ts';
import { reconcileSome } from './gather/reconcile.ts';
import { settle } from './gather/settle.ts';
import { Administration } from './stream/administration.ts';
import { DirectProducer } from './stream/direct-producer.ts';
import { WITH_BUCKET } from './stream/orgs.ts';
import { SentEvents } from './stream/sent-events.ts';
import { type Summary, summaryOf } from './summary.ts';
import { connectCustomers } from './system/customers.ts';
import { type FaultServers, startFaultServers } from './system/fault-servers.ts';
import { choosePorts, type Instance, startInstances } from './system/instances.ts';

export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Everything of the run lies here. */
  readonly dataDir: string;
  /** Nothing may have moved for this long in the end. */
  readonly quietMs: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** After the last kill, longest until everything has come to rest. */
const SETTLE_MS = 300_000;
/** The stream runs alone for so long before the first kill. */
const WARM_UP_MS = 5_000;

/** Starts a whole system, kills it piece by piece under a known stream, waits, and judges what is found. */
export async function run(options: RunOptions): Promise<Summary> {
  const { dataDir, say } = options;
  mkdirSync(dataDir, { recursive: true });
  const begun = Date.now();
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const system = await startSystem(options, ends);
    say('everything is up; the stream begins');
    const { report, sent } = await attack(options, system, ends);
    say(`${report.kills} kills are done; nothing is sent any more`);
    const { brokers, database, servers, customers, instances } = system;
    await inStep(brokers);
    const places = { brokers, database, productUrl: servers.productUrl };
    const rest = await settle({ ...places, quietMs: options.quietMs, patienceMs: SETTLE_MS, say });
    say(
      rest.settled
        ? 'nothing moves any more; reading everything'
        : `it does not come to rest: ${rest.open.join('; ')}`,
    );
    const reconciled = await reconcileSome(system.deliveries, customers);
    const products = instances.filter(({ service }) => service === 'product');
    const history = await gatherHistory({
      ...places,
      customers,
      sent: sent.all(),
      s3Endpoint: servers.aws.endpoint,
      acknowledged: products.map(({ name }) => join(dataDir, name, 'acknowledged.ndjson')),
    });
    say(`${history.raw.length} records in raw, ${history.ledger.length} lines in the ledger; judging`);
    return summaryOf({
      options,
      report,
      rest,
      reconciled,
      history,
      violations: checkHistory(history, { settled: rest.settled }),
      seconds: Math.round((Date.now() - begun) / 1000),
      rebalances: system.ghosts.rebalances,
      starts: system.starts(),
    });
  } finally {
    for (const end of ends.toReversed())
      await end().catch((error: unknown) => say(`stopping: ${String(error)}`));
  }
}

type System = Awaited<ReturnType<typeof startSystem>>;

async function startSystem({ dataDir, say }: RunOptions, ends: (() => Promise<unknown>)[]) {
  const servers = await startFaultServers(dataDir);
  ends.push(() => servers.stop());
  say('three brokers, PostgreSQL, the stand-in for S3 and the identity provider are up');
  const control = await CrashControl.listen(join(dataDir, 'hits.ndjson'));
  ends.push(async () => control.close());
  const brokers = servers.kafka.addresses;
  const database = new pg.Pool({ connectionString: servers.postgres.databaseUrl, max: 4 });
  // It is killed on purpose.
  database.on('error', () => undefined);
  ends.push(() => database.end());
  let starts = 0;
  const note = (line: string): void => {
    if (line.includes('started again')) starts += 1;
    else say(line);
  };
  const place = { dataDir, servers, control, ports: await choosePorts(), say: note };
  const instances: Instance[] = [];
  ends.push(() => Promise.all(instances.map((instance) => instance.stop())));
  instances.push(...(await startInstances('directory', place)));
  for (const group of await Promise.all(
    (['enrichment', 'delivery', 'query'] as const).map((s) => startInstances(s, place)),
  ))
    instances.push(...group);
  const token = await signIn(servers.identity.issuer, servers.operator);
  const apisOf = (service: string) =>
    instances.filter((each) => each.service === service).map(({ url }) => apiOf(url, token));
  const [directory, deliveries, queries] = [apisOf('directory')[0]!, apisOf('delivery'), apisOf('query')];
  const operator = servers.operator.clientId;
  const { aws } = servers;
  const customers = await connectCustomers(WITH_BUCKET, {
    directory,
    delivery: deliveries[0]!,
    aws,
    operator,
  });
  await rememberUsers(servers);
  instances.push(...(await startInstances('product', place)));
  const ghosts = new Ghosts(brokers);
  const people = { directory, deliveries, queries, operator, customers, database };
  return {
    servers,
    control,
    brokers,
    database,
    instances,
    customers,
    deliveries,
    ghosts,
    people,
    starts: () => starts,
  };
}

/** The stand-in keeps users and roles as they are at a stop in good order; after it, it may be killed. */
async function rememberUsers({ aws }: FaultServers): Promise<void> {
  await aws.stop();
  await aws.restart();
}

async function attack(options: RunOptions, system: System, ends: (() => Promise<unknown>)[]) {
  const { brokers, ghosts, people } = system;
  const sent = new SentEvents(join(options.dataDir, 'sent.ndjson'));
  const direct = new DirectProducer(brokers, sent);
  const administration = new Administration(people);
  direct.start();
  administration.start();
  const quiet = once(async () => {
    // The products look for this file before each transaction.
    writeFileSync(join(options.dataDir, 'stop'), '');
    await Promise.all([ghosts.close(), administration.close(), direct.close()]);
  });
  ends.push(quiet);
  await sleep(WARM_UP_MS, undefined, { signal: options.signal });
  ghosts.start();
  const campaign = new Campaign(
    scheduleOf(options.kills, options.seed),
    { ...system, topics: topicsOf() },
    options.say,
  );
  const report = await campaign.run(options.signal);
  options.signal.throwIfAborted();
  await quiet();
  return { report, sent };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
